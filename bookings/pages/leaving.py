"""What cancelling would give back, and what it gave back, as plain values for the templates."""

from typing import Any

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.models import Booking, State, Terms
from bookings.services import kept_by_parting, quote
from bookings.services.bill import Bill
from bookings.services.cancelling import (
    DAY_MS,
    WHOLE,
    Rule,
    closed_quote,
    late_cancel_ms,
    left_ms,
    missed_ms,
    percent_back,
)
from bookings.services.lifecycle import may_cancel
from common.clock import moment
from common.money import format_yuan
from payments.models import Transfer, TransferKind

MS_PER_HOUR = DAY_MS // 24


def leaving_part(booking: Booking, user: User, now_ms: int) -> dict[str, Any]:
    """`leaving`: the quote, for one who may cancel; `blocking_fen`: what blocking the other side would leave there."""
    offer = quote(booking, by=user, now_ms=now_ms) if may_cancel(booking, user) else None
    accepted = booking.state == State.ACCEPTED
    rules = rules_of(booking.terms, booking.counted_start_ms, now_ms)
    return {
        "leaving": offer,
        "begun": booking.starts_ms is not None and booking.starts_ms <= now_ms,
        "missed_at": moment(missed_ms(booking)) if accepted else None,
        "blocking_fen": kept_by_parting(by=user, other=booking.other(user), now_ms=now_ms),
        "rules": rules,
        "late": late_sum(booking.terms, rules),
        "kept_late": booking.late_start_ms is not None and moment(booking.late_start_ms),
    }


def late_sum(terms: Terms, rules: dict[str, Any]) -> dict[str, Any] | None:
    """What cancelling will give back of an appointment so near that, once accepted, it is never all of it."""
    if not rules["is_late"] or rules["late"] == WHOLE:
        return None
    back_fen = terms.prepaid_fen - terms.prepaid_fen * (WHOLE - rules["late"]) // WHOLE
    return {"until": None, "hours": rules["hours"], "percent": rules["late"], "back_fen": back_fen}


def rules_of(terms: Terms, starts_ms: int | None, now_ms: int) -> dict[str, Any]:
    """The percentages of a booking's terms, and when an appointment begins to be cancelled late."""
    late_ms = late_cancel_ms(terms)
    last_ms = None if starts_ms is None else starts_ms - late_ms
    return {
        "hours": late_ms // MS_PER_HOUR,
        "late": percent_back(terms, Rule.LATE_CANCEL),
        "missed": percent_back(terms, Rule.CLIENT_NO_SHOW),
        "until": None if last_ms is None else moment(last_ms),
        "is_late": last_ms is not None and last_ms < now_ms,
    }


def what_was_kept(booking: Booking, bill: Bill) -> dict[str, Any] | None:
    """Of a booking that left something: fen that went back, that stayed (`fen`), how that was shared, and by which
    rule it stayed."""
    if not booking.kept_fen:
        return None
    shares = Transfer.objects.filter(ref=booking.pk, kind=TransferKind.SETTLE_COMPANION)
    earned = shares.values_list("amount", flat=True).first() or 0
    rule = closed_quote(booking, at_ms=left_ms(booking)).rule
    shared = {"earned": earned, "fee": booking.kept_fen - earned}
    return {"back": bill.unused, "fen": booking.kept_fen, "rule": rule, **shared}


def earned_of() -> Coalesce:
    """For a queryset of bookings: fen of each that became the companion's."""
    shares = Transfer.objects.filter(ref=OuterRef("pk"), kind=TransferKind.SETTLE_COMPANION)
    return Coalesce(Subquery(shares.values("amount")[:1]), 0)


def kept_in_short(booking: Booking, bill: Bill, is_client: bool) -> str:
    """What came of the money of a booking that did not come about, for its timeline."""
    if not booking.kept_fen:
        return ""
    sums = {"back": format_yuan(bill.unused), "kept": format_yuan(booking.kept_fen)}
    if is_client and booking.terms.is_shared:
        return _("%(back)s goes back to all of you, %(kept)s stays with the companion") % sums
    if is_client:
        return _("%(back)s goes back to you, %(kept)s stays with the companion") % sums
    return _("%(back)s goes back to the client, %(kept)s stays with you, before the platform's share") % sums


def who_missed(booking: Booking, is_client: bool) -> str:
    """Who did not come, to the one who reads."""
    if booking.missed_by_id is None:
        return _missed_by_nobody(booking, is_client)
    if booking.missed_by_id == booking.client_id:
        return _("You did not come in time") if is_client else _("The client did not come in time")
    if is_client:
        return _("The companion did not come")
    return _("No first words from you") if booking.online else _("You did not come in time")


def _missed_by_nobody(booking: Booking, is_client: bool) -> str:
    if booking.kept_elsewhere:
        return _("The companion's other order took longer") if is_client else _("Your other order took longer")
    return _("The chat was not opened in time, by our fault") if booking.online else _("It did not begin in time")
