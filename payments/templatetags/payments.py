from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import template
from django.template import Context

from payments import services, words
from payments.models import Payment, SavedCard
from payments.services import Lost

register = template.Library()


@register.filter
def bank_reason(code: str) -> str:
    """Why a bank did not take a payout, and what to do."""
    return str(services.bank_reason(code))


@register.filter
def word(code: str, of: str) -> str:
    """What finance reads for a code: `of` is a key of `words.ALL`. One that has no word is shown as it is."""
    return str(words.ALL[of].get(code, code))


@register.simple_tag(takes_context=True)
def saved_cards(context: Context) -> list[SavedCard]:
    """What the reader can pay with at one tap. For payments/_ways.html."""
    return services.cards_to_offer(user=_reader(context))


@register.simple_tag
def taken_back(ref: UUID) -> list[Lost]:
    """What banks took back of what the reference brought its companion."""
    return services.lost([ref])[ref]


@register.simple_tag(takes_context=True)
def preselected(context: Context, cards: Sequence[SavedCard]) -> SavedCard | None:
    """Of several to choose from: what was chosen in a form that is shown again, or what was paid with last."""
    request = context.get("request")
    chosen = request.POST.get("with_card") if request else None
    return next((card for card in cards if str(card.pk) == chosen), cards[0] if cards else None)


@register.simple_tag(takes_context=True)
def open_charge(context: Context, ref: UUID) -> Payment | None:
    """The reader's payment for the reference that waits for the bank of a saved card. For payments/_ways.html."""
    return services.open_charges(refs=[ref], payer=_reader(context)).get(ref)


def _reader(context: Context) -> Any:
    return context["user"]
