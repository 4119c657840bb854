"""The audit trail's proof: computed here, not by the functions that sealed it."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from django.db import connection, transaction

from moderation.errors import TrailBroken

BEFORE_ALL = "0" * 64
AT_ONCE = 2000
# What a hash is of: moderation/sql/audit.sql.
SEALED = """
SELECT id, number, prev_hash, hash, jsonb_build_array(
    number, prev_hash, id, (extract(epoch FROM at) * 1000000)::bigint, actor_id,
    action, target_type_id, target_id, before, after, reason
)::text
FROM moderation_auditevent ORDER BY number NULLS LAST, id
"""


@dataclass(frozen=True)
class Head:
    """The end of the trail: noted down elsewhere, it shows later that nothing up to here was cut off or rewritten."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


def verify(*, passes: Head | None = None) -> Head:
    """The end of the trail. `passes`: an end that was noted before, which it has to pass still.

    Raises TrailBroken, which names the first row that is not as it was written.
    """
    head = Head(0, BEFORE_ALL)
    passed = passes in (None, head)
    for event_id, number, prev_hash, found, text in _rows():
        due = head.number + 1
        _check(event_id, number, due)
        if prev_hash != head.hash or found != sha256(text.encode()).hexdigest():
            raise TrailBroken(f"Row {due} (id {event_id}) is not as it was written, or not the one that was here.")
        head = Head(due, found)
        passed = passed or head == passes
    if not passed:
        raise TrailBroken(f"It does not pass {passes}: rows were cut off, or all of them written anew.")
    return head


def _check(event_id: int, number: int | None, due: int) -> None:
    if number is None:
        raise TrailBroken(f"A row (id {event_id}) was never sealed: the trigger was off.")
    if number != due:
        raise TrailBroken(f"Row {due} is missing: after {due - 1} comes {number} (id {event_id}).")


def _rows() -> Iterator[tuple[int, int | None, str, str, str]]:
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(SEALED)
        while rows := cursor.fetchmany(AT_ONCE):
            yield from rows
