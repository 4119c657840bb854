"""What was laid out on a visit, line by line beside the ledger: for support staff, under the visit's own bill."""

from collections import defaultdict
from collections.abc import Iterator

from bookings.models import Booking
from bookings.services.explaining import Line
from extras.models import Extra
from payments import services as payments
from payments.models import TransferKind


def explained(booking: Booking) -> list[Line]:
    """Of each extra what was passed on, and what came too late and went back; by its reference, not what it was for."""
    extras = Extra.objects.filter(booking=booking).order_by("asked_ms", "pk")
    return [line for extra in extras for line in _lines(extra)]


def _lines(extra: Extra) -> Iterator[Line]:
    moved: defaultdict[str, int] = defaultdict(int)
    for transfer in payments.order_book(ref=extra.pk):
        moved[transfer.kind] += transfer.amount
    owed = extra.amount_fen if extra.state == Extra.State.PAID else 0
    yield Line(f"{extra}", owed, moved[TransferKind.EXTRA])
    refunds = payments.money_of(ref=extra.pk).refunds
    if refunds:
        back = sum(refund.amount for refund in refunds if refund.status != refund.Status.FAILED)
        stands = ", ".join(refund.status for refund in refunds)
        yield Line(f"back of it ({stands})", back, moved[TransferKind.REFUND] - moved[TransferKind.REFUND_FAILED])
