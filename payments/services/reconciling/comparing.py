"""Each thing that moved money, as the provider's lines have it and as the ledger does, by its id there."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.money import format_yuan
from payments.models import Account, AccountKind
from payments.services.disputes.following import ENTRIES
from payments.services.entries import THEIRS
from payments.services.naming import numbers_of
from payments.services.reconciling.runs import NEVER, read_until

BATCH = 500
QUIET = timedelta(hours=1)
"""What moved within it on either side may not have reached the other."""

# What the ledger says moved on the provider's balance. A refund is taken from it when it is made, and is in the ledger
# when it has arrived.
OURS = f"""
ours AS (
    SELECT p.charge_id AS source, p.ref, coalesce(paid.amount, 0) AS amount, coalesce(fee.amount, 0) AS fee,
           p.succeeded_at AS at
      FROM payments_payment p
      LEFT JOIN payments_transfer paid ON (paid.kind, paid.ref, paid.seq) = ('payment', p.ref, p.seq)
      LEFT JOIN payments_transfer fee ON (fee.kind, fee.ref, fee.seq) = ('stripe_fee', p.ref, p.seq)
     WHERE p.charge_id IS NOT NULL
    UNION ALL
    SELECT r.stripe_id, r.ref,
           CASE r.status WHEN 'pending' THEN -r.amount ELSE coalesce(back.amount, 0) - coalesce(gone.amount, 0) END, 0,
           r.changed_at
      FROM payments_refund r
      LEFT JOIN payments_transfer gone ON (gone.kind, gone.ref, gone.seq) = ('refund_succeeded', r.ref, r.seq)
      LEFT JOIN payments_transfer back ON (back.kind, back.ref, back.seq) = ('refund_failed', r.ref, r.seq)
                                      AND gone.id IS NOT NULL
     WHERE r.stripe_id IS NOT NULL
    UNION ALL
    SELECT o.stripe_id, o.earning_id, -coalesce(sent.amount, 0), 0, o.changed_at
      FROM payments_payout o
      LEFT JOIN payments_transfer sent ON (sent.kind, sent.ref, sent.seq) = ('payout_sent', o.earning_id, o.seq)
     WHERE o.stripe_id IS NOT NULL
    UNION ALL
    SELECT v.stripe_id, o.earning_id, coalesce(back.amount, 0), 0, coalesce(back.at, v.requested_at)
      FROM payments_reversal v JOIN payments_payout o ON o.id = v.payout_id
      LEFT JOIN payments_transfer back ON (back.kind, back.ref, back.seq) = ('payout_reversed', o.earning_id, v.id)
     WHERE v.stripe_id IS NOT NULL
    UNION ALL
    SELECT d.stripe_id, d.ref,
           coalesce(sum(CASE WHEN t.kind IN ('dispute_won', 'dispute_won_late') THEN t.amount
                             WHEN t.kind IN ('dispute', 'dispute_late') THEN -t.amount END), 0),
           coalesce(sum(CASE t.kind WHEN 'dispute_fee' THEN t.amount WHEN 'dispute_fee_back' THEN -t.amount END), 0),
           greatest(d.opened_at, max(t.at))
      FROM payments_dispute d
      LEFT JOIN payments_transfer t ON t.ref = d.ref AND t.seq >= d.seq * {ENTRIES} AND t.seq < (d.seq + 1) * {ENTRIES}
       AND t.kind IN ('dispute', 'dispute_won', 'dispute_late', 'dispute_won_late', 'dispute_fee', 'dispute_fee_back')
     GROUP BY d.id
    UNION ALL
    SELECT h.source, h.ref, coalesce(sum(CASE WHEN h.amount < 0 THEN -t.amount ELSE t.amount END), 0), 0, max(h.at)
      FROM payments_byhand h
      LEFT JOIN payments_transfer t ON (t.ref, t.seq) = (h.ref, h.seq)
                                   AND t.kind IN ('hand_refund', 'hand_refund_failed', 'hand_payout', 'hand_back')
     WHERE h.refund_id IS NULL GROUP BY h.source, h.ref
)
"""  # noqa: S608
BOTH = f"""
WITH {THEIRS}, {OURS}, compared AS (
    SELECT source, coalesce(o.ref, t.ref, (SELECT ref FROM payments_payment WHERE charge_id = t.about)) AS ref, t.kind,
           o.source IS NOT NULL AS here, t.source IS NOT NULL AS there,
           coalesce(o.amount, 0) AS our_fen, coalesce(o.fee, 0) AS our_fee,
           coalesce(t.amount, 0) AS their_fen, coalesce(t.fee, 0) AS their_fee,
           o.source IS NOT NULL OR t.of_ours AS of_ours, coalesce(t.billed, false) AS billed, greatest(o.at, t.at) AS at
      FROM ours o FULL JOIN theirs t USING (source)
), differing AS (
    SELECT * FROM compared
     WHERE NOT of_ours OR (our_fen, our_fee) <> (their_fen, their_fee)
)
"""  # noqa: S608
COLUMNS = "source, ref, kind, here, there, our_fen, our_fee, their_fen, their_fee, of_ours, billed, at"
ALARMING = f"{BOTH} SELECT {COLUMNS} FROM differing WHERE of_ours AND at < %s ORDER BY at"  # noqa: S608
PART = f"{BOTH} SELECT {COLUMNS} FROM differing ORDER BY at DESC, source LIMIT %s OFFSET %s"  # noqa: S608
COUNT = f"{BOTH} SELECT count(*) FROM differing"  # noqa: S608
# Whatever moves the ledger's account of the provider belongs to one of the things above, or nobody knows why it moved.
UNEXPLAINED = f"""
{BOTH} SELECT coalesce(sum(our_fen - our_fee), 0), coalesce(sum(their_fen - their_fee) FILTER (WHERE of_ours), 0),
              (SELECT coalesce(sum(amount), 0) FROM payments_refund WHERE status = 'pending'),
              (SELECT count(*) FROM payments_bookentry),
              (SELECT count(*) FROM payments_bookentry e JOIN compared c ON NOT c.of_ours AND NOT c.billed
                AND c.source = coalesce(nullif(e.source, ''), e.id) WHERE e.ours)
         FROM compared
"""  # noqa: S608
DAILY = f"""
{BOTH} SELECT (e.created_at AT TIME ZONE %s)::date, e.kind, sum(e.amount), sum(e.fee)
         FROM payments_bookentry e JOIN compared c ON c.of_ours AND c.source = coalesce(nullif(e.source, ''), e.id)
        WHERE e.ours AND e.created_at >= coalesce(%s, '-infinity'::timestamptz) GROUP BY 1, 2
"""  # noqa: S608


# What has nothing to stand against.
ONE_SIDED: dict[str, tuple[str, ...]] = {
    "missing_there": ("theirs",),
    "missing_here": ("ours",),
    "changed": ("ours",),
    "unexplained": ("theirs",),
    "books": ("ours", "theirs"),
    "foreign": ("ours",),
    "billed": ("ours",),
}
NOTHING = {
    ("missing_there", "theirs"): _("nothing there"),
    ("missing_here", "ours"): _("nothing here"),
    ("not_compared", "theirs"): _("not read yet"),
    ("not_compared", "ours"): _("nothing here"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not the same on both sides. `why` is a key of `words.WHY`, `source` the provider's id, `ours`
    and `theirs` are net fen, and `absent` is the one of the two that does not exist; `text` says it where there is no
    such pair. `number` is what people know the reference by,
    once `numbered` has asked."""

    why: str
    source: str = ""
    ref: str = ""
    kind: str = ""
    ours: int = 0
    theirs: int = 0
    at: str = ""
    text: str = ""
    number: str = ""
    absent: str = ""

    @property
    def moment(self) -> datetime | None:
        return datetime.fromisoformat(self.at) if self.at else None

    @property
    def our_sum(self) -> str:
        return self._sum("ours")

    @property
    def their_sum(self) -> str:
        return self._sum("theirs")

    def has(self, side: str) -> bool:
        """There is a sum on that side: a 0 would say that there is one, and that it is 0."""
        return side not in (self.absent, *ONE_SIDED.get(self.why, ()))

    def _sum(self, side: str) -> str:
        """In yuan, or in a word why there is none."""
        return format_yuan(getattr(self, side)) if self.has(side) else str(NOTHING.get((self.why, side), "—"))

    def as_json(self) -> dict[str, Any]:
        """What is kept of it; not `absent`, which the version before does not know, and `why` says of what alarms."""
        return {name: value for name, value in asdict(self).items() if value not in ("", 0) and name != "absent"}


@dataclass(frozen=True, slots=True)
class Sums:
    """Fen that the provider holds for us by our books and by its own, how many lines are known, how many of them are
    of others, and what of ours no payment, refund, payout or dispute explains."""

    ours: int
    theirs: int
    entries: int
    foreign: int
    unexplained: int


def sums() -> Sums:
    with connection.cursor() as cursor:
        cursor.execute(UNEXPLAINED)
        explained, theirs, leaving, entries, foreign = (int(one) for one in cursor.fetchone())
    clearing = Account.objects.filter(kind=AccountKind.STRIPE_CLEARING).values_list("debits", "credits")
    ours = sum(debits - credits for debits, credits in clearing.iterator()) - leaving
    return Sums(ours, theirs, entries, foreign, ours - explained)


def alarming() -> Iterator[Finding]:
    """What is ours, differs, and has been quiet long enough to have reached the other side."""
    yield from _rows(ALARMING, [timezone.now() - QUIET])


def compared_until() -> datetime:
    """What moved before it, on either side, the last run has held against the other; NEVER before the first one."""
    read = read_until()
    return NEVER if read == NEVER else read - QUIET


class Unmatched:
    """All that has no equal on the other side, newest first: also what is of others, and what is on its way. A page of
    it reads no more than that page."""

    def count(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(COUNT)
            return int(cursor.fetchone()[0])

    def __getitem__(self, part: slice) -> list[Finding]:
        first = part.start or 0
        most = None if part.stop is None else part.stop - first
        return list(_rows(PART, [most, first], compared_until()))

    def __iter__(self) -> Iterator[Finding]:
        return iter(self[:])


def numbered(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The same, each with the number of its order: `BATCH` of them are asked about at a time."""
    rest = iter(findings)
    while part := list(islice(rest, BATCH)):
        numbers = numbers_of([UUID(one.ref) for one in part if one.ref])
        yield from (replace(one, number=numbers.get(UUID(one.ref), one.ref) if one.ref else "") for one in part)


def _rows(sql: str, params: list[Any], settled: datetime | None = None) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = COLUMNS.split(", ")
        for row in cursor:
            yield _finding(dict(zip(names, row, strict=True)), settled)


def _finding(row: dict[str, Any], settled: datetime | None) -> Finding:
    return Finding(
        why=_why(row, settled),
        source=row["source"],
        ref=str(row["ref"] or ""),
        kind=row["kind"] or "",
        ours=int(row["our_fen"] - row["our_fee"]),
        theirs=int(row["their_fen"] - row["their_fee"]),
        at=row["at"].isoformat(),
        absent="" if row["here"] and row["there"] else "theirs" if row["here"] else "ours",
    )


def _why(row: dict[str, Any], settled: datetime | None) -> str:
    if not row["of_ours"]:
        return "billed" if row["billed"] else "foreign"
    if settled is not None and row["at"] >= settled:
        return "not_compared"
    if not row["there"]:
        return "missing_there"
    return "another_amount" if row["here"] else "missing_here"
