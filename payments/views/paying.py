"""Paying from any page: with a saved card at one tap, or on the payment page. Whoever asks for money answers with this.

The buttons are `payments/_ways.html`, in a form of the page.
"""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from common.errors import UserError
from payments import services
from payments.errors import CardGone
from payments.forms import CardForm
from payments.models import Payment, SavedCard
from payments.services import Charged

DECLINED = gettext_lazy("The card was declined. No money was taken; you can pay in another way.")
# Of what takes longer the way back tells when it is there.
WORKING = gettext_lazy("Your bank is working on it. Please do not pay again yet.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is to be paid. At `page` it can be paid, also in another way; `back` finds out what became of it and tells.
    Both are paths of ours. `words` say what it is, for the page that leads to the bank."""

    payment: Payment
    page: str
    back: str
    words: str | Promise = ""


def chosen_card(request: HttpRequest) -> SavedCard | None:
    """The payer's card that was chosen; None for any other way. Raises CardGone for what is none of his."""
    form = CardForm(request.POST)
    if not form.is_valid():
        raise CardGone
    number = form.cleaned_data["card"] or form.cleaned_data["with_card"]
    if number is None or form.cleaned_data["elsewhere"]:
        return None
    card = SavedCard.objects.of(request.user).filter(pk=number).first()
    if card is None:
        raise CardGone
    return card


def charge(due: Due, card: SavedCard) -> Charged:
    """As `services.charge_saved_card`."""
    return services.charge_saved_card(payment=due.payment, card=card, return_url=settings.SITE_URL + due.back)


def pay(request: HttpRequest, due: Due) -> HttpResponse:
    """On to wherever it goes on: back, to the bank, to the payment page; or to `due.page`, which says why not."""
    try:
        card = chosen_card(request)
        return _answered(request, due, charge(due, card)) if card else _to(_payment_page(due))
    except UserError as error:
        messages.error(request, str(error))
        return _to(due.page)


def _payment_page(due: Due) -> str:
    back, page = settings.SITE_URL + due.back, settings.SITE_URL + due.page
    return services.checkout_url(payment=due.payment, success_url=back, cancel_url=page)


def _answered(request: HttpRequest, due: Due, charged: Charged) -> HttpResponse:
    """A bank that asks is a link on a page: a form may not lead to wherever it is."""
    if charged.redirect_url:
        return render(request, "payments/bank.html", {"due": due, "bank_url": charged.redirect_url})
    if charged.status == "declined":
        messages.error(request, DECLINED)
        return _to(due.page)
    if charged.status != "succeeded":
        messages.info(request, WORKING)
    return _to(due.back)


def _to(url: str) -> HttpResponse:
    return HttpResponseRedirect(url, status=303)
