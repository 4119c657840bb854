"""Each extra held against the ledger: what is paid was passed on as a whole, all else is on its way back."""

from collections import defaultdict
from collections.abc import Iterator

from django.db.models import Sum

from common.clock import MS_PER_MINUTE, database_now_ms
from extras.models import Extra
from payments.models import AccountKind, Transfer, TransferKind

LONG_MS = 60 * MS_PER_MINUTE
"""What has lapsed is written down within a minute; not done for so long, something is in its way."""


def check_extras() -> list[str]:
    """One line for each extra whose money does not agree with the books, and each movement without an extra.

    The number of queries does not depend on the number of extras.
    """
    moved: defaultdict[object, dict[str, int]] = defaultdict(dict)
    own = Transfer.objects.filter(ref__in=Extra.objects.values("pk"))
    for ref, kind, amount in own.values_list("ref", "kind").annotate(Sum("amount")).order_by():
        moved[ref][kind] = amount
    late = database_now_ms() - LONG_MS
    extras = list(Extra.objects.select_related("booking"))
    problems = [f"{extra}: {problem}" for extra in extras for problem in _problems(extra, moved[extra.pk], late)]
    return problems + _strangers({extra.pk: extra for extra in extras})


def _problems(extra: Extra, moved: dict[str, int], late_ms: int) -> Iterator[str]:
    owed = extra.amount_fen if extra.state == Extra.State.PAID else 0
    if (passed_on := moved.get(TransferKind.EXTRA, 0)) != owed:
        yield f"{passed_on} fen were passed on, not {owed}"
    left, failed = _left(moved), moved.get(TransferKind.REFUND_FAILED, 0)
    if left < 0 or left > failed:
        yield f"{left} fen of what was paid for it went nowhere, {failed} fen of it as a refund failed"
    elif left:
        yield f"a refund failed and {left} fen are still here: manage.py refund_again {extra.pk}"
    if extra.state == Extra.State.ASKED and extra.lapses_ms < late_ms:
        yield "nobody has answered in time, and it has not lapsed"


def _left(moved: dict[str, int]) -> int:
    """Fen of it in its client's prepay."""
    into = moved.get(TransferKind.PAYMENT, 0) + moved.get(TransferKind.REFUND_FAILED, 0)
    return into - moved.get(TransferKind.REFUND, 0) - moved.get(TransferKind.EXTRA, 0)


def _strangers(extras: dict[object, Extra]) -> list[str]:
    """What was passed on of no extra, or between others than its two."""
    passed_on = Transfer.objects.filter(kind=TransferKind.EXTRA).select_related("debit", "credit")
    return [
        f"{transfer} does not go from a client to the companion who asked for it"
        for transfer in passed_on.iterator()
        if (transfer.debit.kind, transfer.debit.owner, transfer.credit.kind, transfer.credit.owner)
        != _way(extras.get(transfer.ref))
    ]


def _way(extra: Extra | None) -> tuple[str, str, str, str] | None:
    if extra is None:
        return None
    client, companion = extra.booking.client_id, extra.booking.companion_id
    return AccountKind.PREPAY, f"user:{client}", AccountKind.PAYABLE, f"user:{companion}"
