"""The payer's cards: shown, added, removed."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from common.login import login_required
from payments import services
from payments.errors import ProviderUnavailable
from payments.models import CardSetup, SavedCard


@never_cache
@login_required
@require_safe
def cards(request: HttpRequest) -> HttpResponse:
    return render(request, "payments/cards.html", {"cards": services.saved_cards(user=request.user)})


@login_required
@require_POST
def add_card(request: HttpRequest) -> HttpResponse:
    """On to the page where a card is left; nothing is paid there."""
    back = settings.SITE_URL + reverse("payments:card_added")
    # Stripe writes the page's id there, as it stands.
    urls = {"success_url": f"{back}?page={{CHECKOUT_SESSION_ID}}", "cancel_url": back}
    return HttpResponseRedirect(services.card_page_url(user=request.user, **urls), status=303)


@never_cache
@login_required
@require_GET
def card_added(request: HttpRequest) -> HttpResponse:
    """Back from the page, with a card or without. The webhook may have been first; both do the same."""
    page = request.GET.get("page")
    setup = get_object_or_404(CardSetup, user=request.user, session_id=page) if page else None
    try:
        _tell(request, services.sync_card_setup(setup=setup) if setup else None)
    except ProviderUnavailable:
        messages.info(request, _("Your card is being saved. It stands here in a moment."))
    return redirect("payments:cards")


def _tell(request: HttpRequest, setup: CardSetup | None) -> None:
    if setup and setup.card:
        words = _("%(card)s is saved. You can pay with it at one tap now.") % {"card": setup.card.label}
        messages.success(request, words)
    else:
        messages.info(request, _("No card was saved, and nothing was taken."))


@login_required
@require_POST
def forget_card(request: HttpRequest, card_id: int) -> HttpResponse:
    """Removes one's own card; that of somebody else, or one that was removed before, is not there."""
    card = get_object_or_404(SavedCard.objects.of(request.user), pk=card_id)
    services.forget_card(card=card, by=request.user)
    messages.success(request, _("Removed. Nothing can be paid with this card any more."))
    return redirect("payments:cards")
