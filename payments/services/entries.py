"""The provider's book of our money, kept here line by line: fetched once, and from then on only what is new."""

from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from common.clock import moment
from payments.gateway import provider
from payments.gateway.values import Entry
from payments.models import BookEntry

# A line may be told later than the moment it is of.
OVERLAP_S = 2 * 24 * 3600
BATCH = 500
TOLD = ("kind", "amount", "fee", "net", "source")

# What lines are about, and whether that is ours: by a row of ours, by our mark, or by what it belongs to. Others may
# sell through the same account; their lines are no part of these books.
THEIRS = """
own AS (
    SELECT charge_id AS id FROM payments_payment WHERE charge_id IS NOT NULL
    UNION SELECT stripe_id FROM payments_refund WHERE stripe_id IS NOT NULL
    UNION SELECT stripe_id FROM payments_payout WHERE stripe_id IS NOT NULL
    UNION SELECT account_id FROM payments_payout WHERE account_id <> ''
    UNION SELECT stripe_id FROM payments_payoutaccount WHERE stripe_id IS NOT NULL
    UNION SELECT stripe_id FROM payments_reversal WHERE stripe_id IS NOT NULL
    UNION SELECT stripe_id FROM payments_dispute
    UNION SELECT source FROM payments_byhand
),
-- What was done by hand to something of ours is ours too, and what is done to that.
known AS (
    SELECT id FROM own
    UNION SELECT source FROM payments_bookentry
           WHERE ours AND source <> '' AND (ref IS NOT NULL OR about IN (SELECT id FROM own))
),
theirs AS (
    SELECT coalesce(nullif(e.source, ''), e.id) AS source, min(e.ref::text)::uuid AS ref, max(e.about) AS about,
           (array_agg(e.kind ORDER BY e.created_at, e.id))[1] AS kind,
           sum(e.amount)::bigint AS amount, sum(e.fee)::bigint AS fee, max(e.created_at) AS at,
           bool_or(e.ref IS NOT NULL OR s.id IS NOT NULL OR a.id IS NOT NULL) AS of_ours,
           bool_and(e.source = '') AS billed
      FROM payments_bookentry e LEFT JOIN known s ON s.id = e.source LEFT JOIN known a ON a.id = e.about
     WHERE e.ours GROUP BY 1
)
"""
HELD = f"WITH {THEIRS} SELECT coalesce(sum(amount - fee) FILTER (WHERE of_ours), 0) FROM theirs"  # noqa: S608


def import_entries(*, whole: bool = False) -> list[BookEntry]:
    """Fetches what is new since two days before the newest known line, or everything; a known one again is nothing.

    Returns the lines that are told otherwise than they were, as they are told now. Raises ProviderUnavailable.
    """
    # The newest come first: a part that was kept would hide the rest from the next time. So all of it, or nothing; and
    # no transaction waits for the provider.
    told = iter(list(provider().entries(since_s=0 if whole else _read_up_to())))
    changed: list[BookEntry] = []
    with transaction.atomic():
        while rows := [_row(entry) for entry in islice(told, BATCH)]:
            changed += _keep(rows)
    return changed


def held_for_us() -> int:
    """Fen that the provider holds for us or has paid out to us, by the lines that are known and ours."""
    with connection.cursor() as cursor:
        cursor.execute(HELD)
        return int(cursor.fetchone()[0])


def _read_up_to() -> int:
    """In epoch seconds. A line of a day to come, by our clock, leaves out none of today's."""
    newest = BookEntry.objects.order_by("-created_at").values_list("created_at", flat=True).first()
    return int(min(newest, timezone.now()).timestamp()) - OVERLAP_S if newest else 0


def _keep(rows: list[BookEntry]) -> list[BookEntry]:
    known = BookEntry.objects.in_bulk([row.pk for row in rows])
    BookEntry.objects.bulk_create([row for row in rows if row.pk not in known], ignore_conflicts=True)
    return [row for row in rows if row.pk in known and _told(known[row.pk]) != _told(row)]


def _told(row: BookEntry) -> list[Any]:
    return [getattr(row, name) for name in TOLD]


def _row(entry: Entry) -> BookEntry:
    told = {name: getattr(entry, name) for name in (*TOLD, "id", "about", "ours")}
    return BookEntry(**told, ref=_uuid(entry.ref), created_at=moment(entry.created_s * 1000))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
