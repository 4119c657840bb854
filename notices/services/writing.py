"""Who is to be told. Of an order its companion, in the transaction in which it reaches her. Of a message nobody, while
it is being sent: every few seconds one statement asks, of each talk that is open, for what has waited unread."""

from typing import NamedTuple

from django.db import connection

from bookings.models import Booking
from common import presence
from common.clock import database_now_ms
from common.doorbell import ring_on_commit
from common.presence import PresenceUnknown
from notices.models import Notice, Topic

# Who looks at the page reads it within that, and its bell has rung.
GRACE_MS = 15_000
# Further back nothing is looked for: who has not read so many lines has been told of others.
LINES = 50

# Per open talk and side: one look at the end of the talk by the key of its messages. What stands is not told again.
# "+ 0": an index by sender leads through all that he ever wrote. OFFSET 0: asked of each by its key, where a join would
# go through all notices and, for each, through all blocks.
UNREAD = """
SELECT talk.id, side.reader, unread.seq, clock.now_ms
  FROM (SELECT COALESCE(%(now_ms)s, bookings_now_ms()) AS now_ms OFFSET 0) AS clock
 CROSS JOIN chat_conversation AS talk
 CROSS JOIN LATERAL (VALUES (talk.client_id, talk.companion_id, talk.client_read),
                            (talk.companion_id, talk.client_id, talk.companion_read)) AS side (reader, writer, read)
  JOIN accounts_user AS person ON person.id = side.reader AND person.is_active
 CROSS JOIN LATERAL (SELECT m.seq FROM chat_message AS m
                      WHERE m.conversation_id = talk.id AND m.seq > GREATEST(side.read, talk.last_seq - %(lines)s)
                        AND m.sender_id + 0 = side.writer AND m.at_ms <= clock.now_ms - %(grace_ms)s
                      ORDER BY m.conversation_id DESC, m.seq DESC LIMIT 1) AS unread
 WHERE talk.gate AND talk.last_seq > side.read
   AND NOT EXISTS (SELECT FROM notices_notice AS n
                    WHERE n.recipient_id = side.reader AND n.conversation_id = talk.id AND n.seq > side.read
                  OFFSET 0)
   AND NOT EXISTS (SELECT FROM accounts_block AS b
                    WHERE (b.blocker_id, b.blocked_id) IN ((side.reader, side.writer), (side.writer, side.reader))
                  OFFSET 0)
"""
# What stands is asked once more, by the row itself: of two rounds at once one writes.
WRITE = """
INSERT INTO notices_notice AS n (recipient_id, topic, conversation_id, seq, written_ms, due_ms)
SELECT reader, 'message', talk, seq, %(now_ms)s, %(now_ms)s
  FROM unnest(%(readers)s::bigint[], %(talks)s::bigint[], %(seqs)s::bigint[]) AS told (reader, talk, seq)
 ORDER BY reader, talk
    ON CONFLICT (recipient_id, conversation_id) DO UPDATE
   SET seq = EXCLUDED.seq, written_ms = EXCLUDED.written_ms, due_ms = EXCLUDED.due_ms, attempts = 0,
       reached = '{}', sent_ms = NULL
 WHERE n.seq <= (SELECT CASE n.recipient_id WHEN c.client_id THEN c.client_read ELSE c.companion_read END
                   FROM chat_conversation AS c WHERE c.id = n.conversation_id)
"""


class Unread(NamedTuple):
    talk: int
    reader: int
    seq: int
    now_ms: int


def write_notices(*, now_ms: int | None = None) -> int:
    """Notes who has an unread message and is not here; returns how many are to be told. `now_ms` is for tests."""
    waiting = _unread(now_ms)
    here = those_here({unread.reader for unread in waiting}, now_ms=waiting[0].now_ms) if waiting else set()
    away = [unread for unread in waiting if unread.reader not in here]
    return _write(away) if away else 0


def note_order(*, booking: Booking) -> None:
    """Within the transaction in which it is paid: its companion is to be told. Twice is once."""
    now = database_now_ms()
    notice = Notice(recipient_id=booking.companion_id, topic=Topic.ORDER, booking=booking, written_ms=now, due_ms=now)
    Notice.objects.bulk_create([notice], ignore_conflicts=True)
    ring_on_commit("notices.tasks.tell_of_order", booking.pk)


def those_here(people: set[int], *, now_ms: int) -> set[int]:
    """Those who are known to have a page open. Nobody, while Redis cannot be asked: better one notice too many."""
    try:
        return presence.connected(sorted(people), now_ms=now_ms)
    except PresenceUnknown:
        return set()


def _unread(now_ms: int | None) -> list[Unread]:
    asked = {"now_ms": now_ms, "lines": LINES, "grace_ms": GRACE_MS}
    with connection.cursor() as cursor:
        cursor.execute(UNREAD, asked)
        return [Unread(*row) for row in cursor.fetchall()]


def _write(away: list[Unread]) -> int:
    talks, readers, seqs, moments = zip(*away, strict=True)
    told = {"talks": list(talks), "readers": list(readers), "seqs": list(seqs), "now_ms": moments[0]}
    with connection.cursor() as cursor:
        cursor.execute(WRITE, told)
        return cursor.rowcount
