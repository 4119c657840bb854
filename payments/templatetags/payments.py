from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from payments import services, words
from payments.models import Dispute, Payment, Refund, SavedCard
from payments.services import Lost

register = template.Library()
FINANCE_PAGES = {
    "health": _("Ledger health"),
    "unmatched": _("Unmatched"),
    "daily": _("Day by day"),
    "financetask_changelist": _("To be done"),
    "dispute_changelist": _("Disputes"),
    "refund_changelist": _("Refunds to clients"),
    "payout_changelist": _("Payouts to companions"),
    "byhand_changelist": _("Done by hand"),
    "outside_changelist": _("Past the payment provider"),
}


@register.filter
def bank_reason(code: str) -> str:
    """Why a bank did not take a payout, and what to do."""
    return str(services.bank_reason(code))


@register.filter
def word(code: str, of: str) -> str:
    """What is read for a code: `of` is a key of `words.ALL`."""
    return words.said(code, of)


@register.filter
def standing(dispute: Dispute) -> str:
    """Where it stands, in one phrase."""
    return words.standing(dispute)


@register.filter
def became_of(refund: Refund) -> str:
    """Its state, and of one that failed when that was."""
    return words.became_of(refund)


@register.filter
def labelled(rows: Iterable[Iterable[str]], headers: Sequence[dict[str, Any]]) -> list[list[str]]:
    """The cells of Django's list, each told the heading of its column: a phone shows that beside it."""
    return [[_told(cell, header["text"]) for cell, header in zip(row, headers, strict=True)] for row in rows]


def _told(cell: str, heading: str) -> str:
    """`cell` is a whole element, `<td …>` or `<th …>`. A heading may be one itself: the box that chooses all rows."""
    return format_html('<t{} data-label="{}"{}', cell[2], capfirst(strip_tags(heading)), SafeString(cell[3:]))


@register.simple_tag
def finance_pages() -> list[tuple[str, Any]]:
    """Where each is, and what it is called. For admin/payments/finance/_menu.html."""
    return [(reverse(f"admin:payments_{name}"), called) for name, called in FINANCE_PAGES.items()]


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
