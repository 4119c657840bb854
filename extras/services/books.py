"""Each extra held against the ledger: what is paid was passed on as a whole, all else is on its way back. The database
adds up and compares; what agrees does not leave it."""

from collections.abc import Iterator

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, TextField, Value, When
from django.db.models.functions import Coalesce, Concat

from common.clock import MS_PER_MINUTE, database_now_ms
from extras.models import OPEN_MS, Extra
from payments.models import AccountKind, Transfer, TransferKind

LONG_MS = 60 * MS_PER_MINUTE
"""What has lapsed is written down within a minute, or once a way to pay is closed; not done for so long, something is
in its way."""

INTO = (TransferKind.PAYMENT, TransferKind.REFUND_FAILED)
OUT = (TransferKind.REFUND, TransferKind.EXTRA, TransferKind.LOST_PREPAY)


def check_extras() -> list[str]:
    """One line for each extra whose money does not agree with the books, and each movement without an extra.

    The number of queries does not depend on the number of extras.
    """
    late = database_now_ms() - LONG_MS - OPEN_MS
    wrong = [f"{extra}: {problem}" for extra in _disagreeing(late).iterator() for problem in _problems(extra, late)]
    return wrong + [
        f"{transfer} does not go from a client to the companion who asked for it"
        for transfer in _strangers().iterator()
    ]


def _disagreeing(late_ms: int) -> QuerySet[Extra]:
    """With `owed` and `passed_on` to the companion, `failed` refunds, and what is `left` in its client's prepay, all in
    fen."""
    told = Extra.objects.annotate(
        owed=Case(When(state=Extra.State.PAID, then=F("amount_fen")), default=0),
        passed_on=_moved(TransferKind.EXTRA),
        failed=_moved(TransferKind.REFUND_FAILED),
        left=_moved(*INTO) - _moved(*OUT),
    )
    overdue = Q(state=Extra.State.ASKED, asked_ms__lt=late_ms)
    return told.filter(~Q(passed_on=F("owed")) | ~Q(left=0) | overdue).order_by("asked_ms", "pk")


def _moved(*kinds: TransferKind) -> Coalesce:
    own = Transfer.objects.filter(ref=OuterRef("pk"), kind__in=kinds).order_by().values("ref")
    return Coalesce(Subquery(own.annotate(fen=Sum("amount")).values("fen")), 0)


def _problems(extra: Extra, late_ms: int) -> Iterator[str]:
    """Of one of those that `_disagreeing` found."""
    owed, passed_on, left, failed = (getattr(extra, name) for name in ("owed", "passed_on", "left", "failed"))
    if passed_on != owed:
        yield f"{passed_on} fen were passed on, not {owed}"
    if left < 0 or left > failed:
        yield f"{left} fen of what was paid for it went nowhere, {failed} fen of it as a refund failed"
    elif left:
        yield f"a refund failed and {left} fen are still here: manage.py refund_again {extra.pk}"
    if extra.state == Extra.State.ASKED and extra.asked_ms < late_ms:
        yield "nobody has answered in time, and it has not lapsed"


def _owner(user_id: str) -> Concat:
    """As the accounts of a user have it."""
    return Concat(Value("user:"), user_id, output_field=TextField())


def _strangers() -> QuerySet[Transfer]:
    """What was passed on of no extra, or between others than its two."""
    asked = Extra.objects.alias(payer=_owner("booking__client_id"), payee=_owner("booking__companion_id"))
    way = Exists(asked.filter(pk=OuterRef("ref"), payer=OuterRef("debit__owner"), payee=OuterRef("credit__owner")))
    rightly = Q(way) & Q(debit__kind=AccountKind.PREPAY, credit__kind=AccountKind.PAYABLE)
    return Transfer.objects.filter(~rightly, kind=TransferKind.EXTRA)
