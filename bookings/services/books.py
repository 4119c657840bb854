"""Each booking held against the ledger: the charges, and what is left of its money."""

from collections.abc import Iterator

from django.db.models import Sum

from bookings.models import Booking, Segment, State
from common.clock import MS_PER_MINUTE
from common.money import price_of_minutes
from payments.models import Transfer, TransferKind


def check_bookings() -> list[str]:
    """One line for each booking whose charges, time or settlement do not agree with the books."""
    served = Booking.objects.exclude(hold_account=None).select_related("terms", "hold_account", "earned_account")
    return [f"booking {booking.code}: {problem}" for booking in served.iterator() for problem in _problems(booking)]


def _problems(booking: Booking) -> Iterator[str]:
    yield from _charges(booking)
    segments = Segment.objects.filter(booking=booking)
    lived = sum(segment.end_ms - segment.start_ms for segment in segments)
    if lived != booking.closed_ms:
        yield f"segments last {lived} ms, closed_ms is {booking.closed_ms}"
    if booking.state == State.SETTLED:
        yield from _settlement(booking)


def _charges(booking: Booking) -> Iterator[str]:
    charges = list(Transfer.objects.filter(ref=booking.pk, kind=TransferKind.MINUTE).order_by("seq"))
    ends = [0, *(charge.upto for charge in charges)]
    if [charge.seq for charge in charges] != ends[:-1]:
        yield "the charges are not one chain from minute 0"
    if ends[-1] != booking.billed_min:
        yield f"charged up to minute {ends[-1]}, billed_min is {booking.billed_min}"
    charged = sum(charge.amount for charge in charges)
    price = price_of_minutes(fen_per_hour=booking.terms.price_fen, minutes=booking.billed_min)
    if charged != price:
        yield f"charged {charged} fen, {booking.billed_min} minutes cost {price}"


def _settlement(booking: Booking) -> Iterator[str]:
    if booking.billed_min != booking.closed_ms // MS_PER_MINUTE:
        yield f"settled with {booking.billed_min} minutes, served {booking.closed_ms // MS_PER_MINUTE}"
    for account in (booking.hold_account, booking.earned_account):
        if account is not None and account.balance:
            yield f"settled with {account.balance} fen in {account}"
    moved = dict(Transfer.objects.filter(ref=booking.pk).values_list("kind").annotate(Sum("amount")))
    shared = sum(moved.get(kind, 0) for kind in ("settle_companion", "settle_fee", "refund"))
    failed = moved.get("refund_failed", 0)
    left = moved.get("payment", 0) + failed - shared
    # Only a refund that Stripe could not deliver leaves money of a settled booking in prepay.
    if left < 0 or (left and not failed):
        yield f"{left} fen of what was paid went nowhere"
