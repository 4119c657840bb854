"""What moved each day (Shanghai), by our ledger and by the provider's lines."""

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, DateTimeField, F, OuterRef, Subquery, Sum, When
from django.db.models.functions import Coalesce, TruncDate
from django.utils.timezone import get_default_timezone

from payments.models import AccountKind, BookEntry, ByHand, Transfer, TransferKind
from payments.services.outgoing import BY_HAND
from payments.services.reconciling.comparing import DAILY, compared_until


@dataclass(frozen=True, slots=True)
class Totals:
    """Fen of one side. Of payers' money `captured` came, `refunded` went back and `disputed` was taken by banks, less
    what they gave back; `paid_out` went to companions, less what was fetched back; `fees` are the provider's."""

    captured: int = 0
    refunded: int = 0
    paid_out: int = 0
    disputed: int = 0
    fees: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """`is_compared`: a run has seen all of it on both sides; before that a difference says nothing."""

    day: date
    ours: Totals
    theirs: Totals
    is_compared: bool


COLUMNS = tuple(field.name for field in fields(Totals))
# Where what is posted counts, and with which sign.
OF_LEDGER: dict[TransferKind, tuple[str, int]] = {
    TransferKind.PAYMENT: ("captured", 1),
    TransferKind.REFUND_SUCCEEDED: ("refunded", 1),
    TransferKind.REFUND_FAILED: ("refunded", -1),
    TransferKind.PAYOUT_SENT: ("paid_out", 1),
    TransferKind.PAYOUT_REVERSED: ("paid_out", -1),
    TransferKind.DISPUTE: ("disputed", 1),
    TransferKind.DISPUTE_WON: ("disputed", -1),
    TransferKind.DISPUTE_LATE: ("disputed", 1),
    TransferKind.DISPUTE_WON_LATE: ("disputed", -1),
    TransferKind.HAND_REFUND: ("refunded", 1),
    TransferKind.HAND_REFUND_FAILED: ("refunded", -1),
    TransferKind.HAND_PAYOUT: ("paid_out", 1),
    TransferKind.HAND_BACK: ("paid_out", -1),
    TransferKind.STRIPE_FEE: ("fees", 1),
    TransferKind.DISPUTE_FEE: ("fees", 1),
    TransferKind.DISPUTE_FEE_BACK: ("fees", -1),
}
# The same of a line, by the provider's word for it.
OF_BOOK = {
    "charge": ("captured", 1),
    "payment": ("captured", 1),
    "refund": ("refunded", -1),
    "payment_refund": ("refunded", -1),
    "refund_failure": ("refunded", -1),
    "payment_failure_refund": ("refunded", -1),
    "transfer": ("paid_out", -1),
    "transfer_refund": ("paid_out", -1),
    "transfer_cancel": ("paid_out", -1),
    "transfer_failure": ("paid_out", -1),
    "adjustment": ("disputed", -1),
}


def daily_totals(*, since: date | None = None) -> list[Day]:
    """Newest first, `since` included; days on which nothing moved are left out. Three queries."""
    ours, theirs, until = _ledger(since), _book(since), compared_until()
    return [
        Day(day, Totals(**ours[day]), Totals(**theirs[day]), is_compared=_begin(day + timedelta(days=1)) <= until)
        for day in sorted({*ours, *theirs}, reverse=True)
    ]


def _ledger(since: date | None) -> dict[date, dict[str, int]]:
    zone, found = get_default_timezone(), _nothing()
    # A refund that failed before it left touched nothing of the provider's, and what went over our own bank neither.
    moved = Transfer.objects.filter(kind__in=OF_LEDGER).exclude(kind="refund_failed", debit__kind="refund_pending")
    moved = moved.exclude(credit__kind=AccountKind.OWN_BANK).annotate(happened=_happened())
    moved = moved.filter(at__gte=_begin(since), happened__gte=_begin(since)) if since else moved
    days = moved.order_by().annotate(day=TruncDate("happened", tzinfo=zone)).values_list("day", "kind")
    for day, kind, fen in days.annotate(Sum(F("amount"))):
        name, sign = OF_LEDGER[TransferKind(kind)]
        found[day][name] += sign * fen
    return found


def _happened() -> Coalesce:
    """When a movement was: of what was done by hand, and taken into the books later, when the provider did it."""
    lines = BookEntry.objects.filter(source=OuterRef("source")).values("created_at")
    first, last = (Subquery(lines.order_by(order)[:1]) for order in ("created_at", "-created_at"))
    by_hand = ByHand.objects.annotate(done=Case(When(corrects=None, then=first), default=last)).values("done")
    booked = by_hand.filter(refund=None, ref=OuterRef("ref"), seq=OuterRef("seq"))
    refunded = by_hand.filter(refund__ref=OuterRef("ref"), refund__seq=OuterRef("seq"))
    own = Case(
        When(kind__in=BY_HAND, then=Subquery(booked)),
        When(kind=TransferKind.REFUND_SUCCEEDED, then=Subquery(refunded)),
    )
    return Coalesce(own, F("at"), output_field=DateTimeField())


def _book(since: date | None) -> dict[date, dict[str, int]]:
    found = _nothing()
    with connection.cursor() as cursor:
        cursor.execute(DAILY, [str(get_default_timezone()), _begin(since) if since else None])
        for day, kind, amount, fee in cursor:
            name, sign = OF_BOOK.get(kind, ("disputed", -1))
            found[day][name] += sign * int(amount)
            found[day]["fees"] += int(fee)
    return found


def _nothing() -> Any:
    return defaultdict(lambda: dict.fromkeys(COLUMNS, 0))


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, get_default_timezone())
