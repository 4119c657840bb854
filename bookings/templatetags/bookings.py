"""What the pages of a booking need besides the builtins: a key for the form, prices of lengths, tones of states."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from uuid import uuid4

from django import template
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from bookings.models import FINISHED, Booking, Extension, State, Terms
from bookings.pages.prices import late_terms, order_fen
from bookings.services import asked_of, is_busy, kept_by_parting, lengths_now, rests_until
from bookings.services.price import cost_of
from common.clock import MS_PER_MINUTE, database_now_ms, moment
from common.money import format_yuan, price_of_minutes
from listings.kinds import KINDS
from listings.models import Companion, Listing
from payments import services as payments
from payments.models import Dispute, Payment, Refund
from vetting.services import is_identified

register = template.Library()

TONES = {
    State.AWAITING_PAYMENT: "wait",
    State.REQUESTED: "wait",
    State.ACCEPTED: "live",
    State.LIVE: "live",
    State.NO_SHOW: "bad",
}
WALLETS = {"alipay": gettext_lazy("Alipay"), "wechat_pay": gettext_lazy("WeChat Pay")}
CARD = re.compile(r"(\w+) •••• (\d{4})")


@register.simple_tag
def new_key() -> str:
    """A fresh UUID: the form that carries it is one order, however often it is sent."""
    return str(uuid4())


@register.simple_tag
def together_with(companion: Companion, user: User) -> Booking | None:
    """The running order of the two, if there is one."""
    mine = Booking.objects.of_client(user).filter(companion=companion.user_id, online=True)
    return mine.with_open_chat().running_first().first()


@register.simple_tag
def disputed_by(booking: Booking, user: User) -> Dispute | None:
    """What the reader's bank wants of his payment for it, or has decided."""
    return payments.dispute_of(ref=booking.pk, payer_id=user.pk)


@register.filter
def goes_past(refund: Refund, dispute: Dispute) -> bool:
    """The bank does not keep it from going back: it had left before, or the bank has let it be."""
    if refund.status == Refund.Status.REQUESTED:
        return dispute.outcome == Dispute.Outcome.WON
    return refund.status != Refund.Status.FAILED


@register.simple_tag
def bank_has_it(booking: Booking, user: User) -> bool:
    """The reader's bank looks into his payment for it, or has given it back to him: no time to book again."""
    dispute = disputed_by(booking, user)
    return dispute is not None and dispute.outcome != Dispute.Outcome.WON


@register.simple_tag
def pay_waits(booking: Booking) -> bool:
    """Its companion has earned something with it that is not paid out while somebody looks into what happened."""
    earned = booking.state in FINISHED or bool(booking.kept_fen)
    return earned and payments.is_waiting(booking.pk)


@register.simple_tag
def asked_for(booking: Booking) -> Extension | None:
    return asked_of(booking)


@register.simple_tag
def is_with_somebody(companion: Companion) -> bool:
    return is_busy(companion_id=companion.user_id)


@register.simple_tag
def lengths_for_now(listing: Listing) -> list[int]:
    """Minutes that fit before the companion's next appointment."""
    return lengths_now(listing)


@register.simple_tag
def free_again(listing: Listing) -> dict[str, Any] | None:
    """`at` which moment her pause is over and she can be ordered for now again, and in how many `minutes`."""
    until = rests_until(listing)
    return until and {"at": until, "minutes": max(1, ceil((until - timezone.now()) / timedelta(minutes=1)))}


@register.simple_tag
def chosen_length(lengths: list[int], wish: str | None) -> int:
    """The length, of those offered, that an address wishes for; the shortest when it wishes for none of them."""
    return next((minutes for minutes in lengths if str(minutes) == wish), lengths[0])


@register.simple_tag
def is_found_by(listing: Listing, user: User) -> bool:
    """Would the listing's page open for this user?"""
    return Listing.objects.published().visible_to(user).filter(pk=listing.pk).exists()


@register.simple_tag
def needs_identity(listing: Listing, user: User | AnonymousUser) -> bool:
    """Is who he is still to be proved before he can order this?"""
    return user.is_authenticated and not listing.policy.online and not is_identified(user)


@register.simple_tag
def money_in_short(booking: Booking, user: User) -> str:
    """For a list: what it cost and what came back, or what was prepaid while that is open; of a shared price, his part.
    Needs `paid` annotated, and `own_money`."""
    terms = booking.terms
    if terms.is_shared and user.pk == booking.client_id and booking.own_paid:
        back, stays = booking.own_back, booking.own_paid - booking.own_back
        return _cost_and_back(stays or booking.own_paid, back, in_part=bool(stays))
    if booking.state == State.SETTLED:
        cost = cost_of(terms, booking.billed_min)
        back = cost_of(terms, booking.granted_ms // MS_PER_MINUTE) - cost if user.pk == booking.client_id else 0
    else:
        kept = booking.kept_fen or 0
        cost = kept or prepaid_fen(booking)
        back = terms.prepaid_fen - kept if booking.due_ms is None and booking.paid else 0
    return _cost_and_back(cost, back, in_part=booking.state == State.SETTLED or bool(booking.kept_fen))


def _cost_and_back(cost: int, back: int, *, in_part: bool) -> str:
    if not back:
        return format_yuan(cost)
    words = _("%(cost)s · %(back)s back") if in_part else _("%(cost)s, all of it back")
    return words % {"cost": format_yuan(cost), "back": format_yuan(back)}


@register.simple_tag
def kept_if_blocked(user: User, other: User) -> int:
    """Fen of what the two have agreed on that would stay there if `user` blocked the other now."""
    return kept_by_parting(by=user, other=other, now_ms=database_now_ms())


@register.simple_tag
def refund_rules() -> dict[str, int]:
    """The percentages in force for what is booked now; `late_hours` before an appointment it is late to cancel."""
    policy = settings.REFUND_POLICY
    late_min = settings.LATE_LIMIT_MS // MS_PER_MINUTE
    return {**policy, "late_hours": policy["late_cancel_ms"] // (60 * MS_PER_MINUTE), "late_min": late_min}


@register.simple_tag
def late_to_cancel(listing: Listing, minutes: int, starts: Iterable[datetime]) -> dict[str, Any] | None:
    return late_terms(listing, minutes, starts)


@register.simple_tag
def late_to_cancel_at(listing: Listing, minutes: int, start: datetime | None) -> dict[str, Any] | None:
    """The same of one start; None without one."""
    return late_terms(listing, minutes, [start] if start else [])


@register.simple_tag
def order_price(listing: Listing, minutes: int) -> int:
    return order_fen(listing, minutes)


@register.filter
def prepaid_fen(booking: Booking) -> int:
    """Fen of all the time that is granted, what was paid on top included."""
    return cost_of(booking.terms, booking.granted_ms // MS_PER_MINUTE)


@register.filter
def at(ms: int) -> datetime:
    """The moment of epoch ms."""
    return moment(ms)


@register.simple_tag
def clock_rules() -> dict[str, int]:
    """The limits of the clock in force for what is booked now: `_min` minutes, `_s` seconds, `_h` hours."""
    windows = [kind.accept_window_ms for kind in KINDS.values() if kind.bookable_now]
    later = max(kind.accept_later_ms for kind in KINDS.values())
    return {
        "accept_min": max(windows) // MS_PER_MINUTE,
        "accept_later_h": later // (60 * MS_PER_MINUTE),
        "first_words_min": settings.FIRST_MESSAGE_WINDOW_MS // MS_PER_MINUTE,
        "late_min": settings.LATE_LIMIT_MS // MS_PER_MINUTE,
        "pause_min": settings.CLIENT_PAUSE_LIMIT_MS // MS_PER_MINUTE,
        "stopped_min": settings.PAUSE_LIMIT_MS // MS_PER_MINUTE,
        "companion_away_s": settings.COMPANION_GRACE_MS // 1000,
        "client_away_min": settings.CLIENT_GRACE_MS // MS_PER_MINUTE,
    }


@register.filter
def rest_of(percent: int) -> int:
    """What is left of a whole: 80 → 20."""
    return 100 - percent


@register.simple_tag
def price_of(fen_per_hour: int, minutes: int) -> int:
    """Fen for whole minutes."""
    return price_of_minutes(fen_per_hour=fen_per_hour, minutes=minutes)


@register.filter
def minutes_of(ms: int) -> int:
    """Whole minutes of a duration in ms."""
    return ms // MS_PER_MINUTE


@register.filter
def minutes_until(start: datetime, end: datetime) -> int:
    """Whole minutes from one moment to another."""
    return (end - start) // timedelta(minutes=1)


@register.filter
def since(later_ms: int, earlier_ms: int) -> int:
    """Milliseconds from one moment to a later one, never negative: `{{ booking.due_ms|since:server_now_ms }}`."""
    return max(0, later_ms - earlier_ms)


@register.filter
def tone(state: str) -> str:
    """The badge of a state: waiting for somebody, alive, wrong, or at rest."""
    return TONES.get(State(state), "rest")


@register.filter
def has_talk(booking: Booking) -> bool:
    """Is there a talk to read again? One that goes on still is entered, not read."""
    return booking.state in (*FINISHED, State.NO_SHOW)


@register.filter
def pay_method(method: str) -> str:
    """How a payment was made, for people: "visa •••• 4242" → "Visa ending in 4242", "alipay" → "Alipay"."""
    card = CARD.fullmatch(method)
    if card:
        return _("%(brand)s ending in %(last4)s") % {"brand": card[1].title(), "last4": card[2]}
    return str(WALLETS.get(method) or method or _("where it came from"))


@register.filter
def whom_back(payment: Payment, terms: Terms) -> str:
    """Where what comes back of an order goes, in words."""
    return _("whatever each of you paid with") if terms.is_shared else pay_method(payment.method)
