from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from common.login import login_required
from payments import services
from payments.models import SavedCard


@never_cache
@login_required
@require_safe
def cards(request: HttpRequest) -> HttpResponse:
    return render(request, "payments/cards.html", {"cards": services.saved_cards(user=request.user)})


@login_required
@require_POST
def forget_card(request: HttpRequest, card_id: int) -> HttpResponse:
    """Removes one's own card; that of somebody else, or one that was removed before, is not there."""
    card = get_object_or_404(SavedCard.objects.of(request.user), pk=card_id)
    services.forget_card(card=card, by=request.user)
    messages.success(request, _("Removed. Nothing can be paid with this card any more."))
    return redirect("payments:cards")
