"""Each booking held against the ledger: the charges, and what is left of its money."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC
from uuid import UUID

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Cast, Extract, Now

from bookings.models import PARTLY_KEPT, RUNNING, UNSETTLED, Booking, Segment, Share, State, Step
from bookings.services.cancelling import closed_quote
from bookings.services.price import cost_of, counted_min
from common.clock import MS_PER_MINUTE
from payments.models import Dispute, Payment, Refund, Transfer, TransferKind

UNSERVED = (State.DECLINED, State.EXPIRED, State.CANCELLED, State.NO_SHOW)
OVER = (State.SETTLED, *UNSERVED)
"""Nothing of what was paid may be left with us: it was earned, or it is on its way back."""

LONG_MIN = 60
"""What time does is tried again in each round; not done for so long, something is in its way."""


@dataclass(slots=True)
class Evidence:
    """What the ledger, the segments and the steps say about one booking.

    `moved` in fen by kind, `lived_ms` of live time, `left_ms` when it was cancelled or nobody had come, `is_disputed`
    while a payer's bank has not decided: what could not be sent back waits for that.
    """

    moved: dict[str, int] = field(default_factory=dict)
    charged_min: int = 0
    is_chain: bool = True
    lived_ms: int = 0
    left_ms: int = 0
    is_disputed: bool = False

    @property
    def prepaid(self) -> int:
        """Fen of this booking in its client's prepay."""
        into = sum(self.moved.get(kind, 0) for kind in ("payment", "release", "refund_failed"))
        return into - sum(self.moved.get(kind, 0) for kind in ("hold", "refund", "lost_prepay"))


def check_bookings() -> list[str]:
    """One line for each booking whose charges, time or money do not agree with the books.

    The number of queries does not depend on the number of bookings.
    """
    evidence = _evidence()
    looked_at = Booking.objects.filter(~Q(hold_account=None) | Q(state__in=OVER))
    rows = looked_at.select_related("terms", "hold_account", "earned_account")
    return [
        f"booking {booking.code}: {problem}"
        for booking in rows.iterator()
        for problem in _problems(booking, evidence[booking.pk])
    ] + [*_kept_without_reason(), *_going_on(), *(f"booking {code}: {problem}" for code, problem in overdue())]


def _evidence() -> defaultdict[UUID, Evidence]:
    found: defaultdict[UUID, Evidence] = defaultdict(Evidence)
    for ref, kind, amount in Transfer.objects.values_list("ref", "kind").annotate(Sum("amount")).order_by():
        found[ref].moved[kind] = amount
    for booking_id, start, end in Segment.objects.values_list("booking", "start_ms", "end_ms").iterator():
        found[booking_id].lived_ms += end - start
    for booking_id, at_ms in Step.objects.filter(state__in=PARTLY_KEPT).values_list("booking", "at_ms").iterator():
        found[booking_id].left_ms = at_ms
    for ref in Dispute.objects.open().values_list("ref", flat=True):
        found[ref].is_disputed = True
    charges = Transfer.objects.filter(kind=TransferKind.MINUTE).order_by("ref", "seq")
    for ref, first, upto in charges.values_list("ref", "seq", "upto").iterator():
        found[ref].is_chain &= first == found[ref].charged_min
        found[ref].charged_min = upto or 0
    return found


def _problems(booking: Booking, evidence: Evidence) -> Iterator[str]:
    if booking.hold_account_id:
        yield from _charges(booking, evidence)
    if evidence.lived_ms != booking.closed_ms:
        yield f"segments last {evidence.lived_ms} ms, closed_ms is {booking.closed_ms}"
    if booking.state == State.SETTLED:
        yield from _settled(booking)
    if booking.state in PARTLY_KEPT:
        yield from _kept(booking, evidence)
    if booking.state in OVER:
        yield from _leftovers(booking, evidence)


def _settled(booking: Booking) -> Iterator[str]:
    served = counted_min(booking.terms, served_ms=booking.closed_ms, granted_ms=booking.granted_ms)
    if cost_of(booking.terms, booking.billed_min) != cost_of(booking.terms, served):
        yield f"settled with {booking.billed_min} minutes, served {served}"


def _kept(booking: Booking, evidence: Evidence) -> Iterator[str]:
    """What was kept is what the terms say at that moment; nothing was kept of what closed before such a thing."""
    owed = closed_quote(booking, at_ms=evidence.left_ms).kept_fen if booking.kept_fen is not None else 0
    moved = evidence.moved.get(TransferKind.COMPENSATION, 0)
    if booking.kept_fen is None and "late_cancel_ms" in booking.terms.refund_policy:
        yield "it is not written what was kept"
    if booking.kept_fen not in (None, owed):
        yield f"kept {booking.kept_fen} fen, the terms say {owed}"
    if booking.missed_by_id == booking.client_id and booking.came_ms is None:
        yield "its client is said to have missed it, and its companion did not come either"
    if moved != owed:
        yield f"a compensation of {moved} fen, the terms say {owed}"


def _going_on() -> Iterator[str]:
    """Of orders that are not over: money that could not be sent back, and shares whose money is not here."""
    ours = F("payment__amount") - F("payment__charged_back")
    failed = Refund.objects.filter(status=Refund.Status.FAILED, payment__refunded__lt=ours)
    stuck = failed.exclude(ref__in=Dispute.objects.open().values("ref")).values("ref")
    for booking in Booking.objects.filter(pk__in=stuck).exclude(state__in=OVER):
        yield f"booking {booking.code}: a refund failed while it goes on: manage.py refund_again {booking.pk}"
    here = Payment.objects.filter(ref=OuterRef("booking"), seq=OuterRef("payment_seq"), payer=OuterRef("payer"))
    paid = Share.objects.filter(state=Share.State.PAID).exclude(booking__state__in=OVER)
    for share in paid.filter(~Exists(here.filter(status="succeeded", refunded=0, amount=OuterRef("amount_fen")))):
        yield f"booking {share.booking_id}: share {share.payment_seq} counts as paid, and its money is not here"


def _kept_without_reason() -> list[str]:
    """A compensation belongs to a booking that was cancelled or missed, and to no other."""
    refs = Transfer.objects.filter(kind=TransferKind.COMPENSATION).values_list("ref", flat=True)
    left = Booking.objects.filter(state__in=PARTLY_KEPT).values("pk")
    return [f"a compensation for {ref}, which was neither cancelled nor missed" for ref in refs.exclude(ref__in=left)]


def overdue(**of: UUID) -> Iterator[tuple[str, str]]:
    """Orders that should have moved on long ago: the time together is over, a minute of it is, or nobody paid, answered
    or came. By their own word for it: the timer of what cannot be metered is moved again and again.

    Yields each one's number and what is wrong; `pk` asks of that one alone.
    """
    waited_ms = Cast(Extract(Now(), "epoch", tzinfo=UTC) * 1000, BigIntegerField()) - F("due_ms")
    late = Booking.objects.filter(**of).annotate(waited_ms=waited_ms).order_by("due_ms")
    for booking in late.filter(waited_ms__gt=LONG_MIN * MS_PER_MINUTE):
        wanted = "settled" if booking.state in UNSETTLED else "metered" if booking.state in RUNNING else "moved on"
        yield booking.code, f"{booking.state}, due {booking.waited_ms // MS_PER_MINUTE} min ago and not {wanted}"


def _charges(booking: Booking, evidence: Evidence) -> Iterator[str]:
    if not evidence.is_chain:
        yield "the charges are not one chain from minute 0"
    if evidence.charged_min != booking.billed_min:
        yield f"charged up to minute {evidence.charged_min}, billed_min is {booking.billed_min}"
    charged = evidence.moved.get(TransferKind.MINUTE, 0)
    price = cost_of(booking.terms, booking.billed_min)
    if charged != price:
        yield f"charged {charged} fen, {booking.billed_min} minutes cost {price}"


def _leftovers(booking: Booking, evidence: Evidence) -> Iterator[str]:
    for account in (booking.hold_account, booking.earned_account):
        if account is not None and account.balance:
            yield f"{booking.state} with {account.balance} fen in {account}"
    left, failed = evidence.prepaid, evidence.moved.get(TransferKind.REFUND_FAILED, 0)
    if left < 0 or left > failed:
        yield f"{left} fen of what was paid for {booking.pk} went nowhere, {failed} fen of it as a refund failed"
    elif left and not evidence.is_disputed:
        yield f"a refund failed and {left} fen are still here: manage.py refund_again {booking.pk}"
