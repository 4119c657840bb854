"""All talks of a user, the one in which something was said last first."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import connection

from accounts.models import User
from common.clock import moment

# More unread ones than this are not counted one by one.
MOST_UNREAD = 100
NEWEST = (2**63 - 1, 0)
# The last line is found by its number, so no index has to move with each message. A user's talks are some hundreds.
TALKS = """
WITH mine AS (
    SELECT c.id, c.booking_id, c.gate, c.client_id = %(me)s AS is_client, m.seq, m.kind, m.sender_id, m.cmid, m.sealed,
           m.body, m.at_ms, m.booking_id AS said_in,
           CASE WHEN c.client_id = %(me)s THEN c.companion_id ELSE c.client_id END AS peer_id,
           CASE WHEN c.client_id = %(me)s THEN c.client_read ELSE c.companion_read END AS read
      FROM chat_conversation c
      JOIN chat_message m ON m.conversation_id = c.id AND m.seq = c.last_seq
     WHERE (c.client_id = %(me)s OR c.companion_id = %(me)s) AND (m.at_ms, c.id) < (%(at)s, %(conv)s)
     ORDER BY m.at_ms DESC, c.id DESC LIMIT %(most)s)
SELECT mine.id, mine.booking_id, mine.is_client, mine.peer_id, mine.kind, mine.sender_id, mine.cmid, mine.sealed,
       mine.body, before.body, mine.at_ms, said_in.online, terms.promise_ms, terms.client_grace_ms, unread.number,
       mine.gate AND bookings_is_open(booking, bookings_now_ms())
  FROM mine
  JOIN bookings_booking booking ON booking.id = mine.booking_id
  JOIN bookings_booking said_in ON said_in.id = mine.said_in
  JOIN bookings_terms terms ON terms.booking_id = mine.said_in
 CROSS JOIN LATERAL (
    SELECT count(*) AS number FROM (
        SELECT FROM chat_message m
         WHERE m.conversation_id = mine.id AND m.seq > mine.read AND m.sender_id = mine.peer_id
         LIMIT %(most_unread)s) counted) unread
  LEFT JOIN LATERAL (
    SELECT m.body FROM chat_message m
     WHERE mine.kind = 'system' AND m.kind = 'system' AND m.conversation_id = mine.id AND m.seq < mine.seq
       AND m.body NOT LIKE '%%"exten%%'
     ORDER BY m.seq DESC LIMIT 1) before ON true
 ORDER BY mine.at_ms DESC, mine.id DESC
"""
# One question, as each page asks it: what is unread, in all talks together, and which orders of his run. Each branch in
# the words of an index of its own.
MEANWHILE = """
SELECT (SELECT count(*) FROM (
           SELECT FROM (
               SELECT id, companion_id AS peer_id, client_read AS read FROM chat_conversation
                WHERE client_id = %(me)s AND last_seq > client_read
               UNION ALL
               SELECT id, client_id, companion_read FROM chat_conversation
                WHERE companion_id = %(me)s AND last_seq > companion_read) behind
             JOIN chat_message m
               ON m.conversation_id = behind.id AND m.seq > behind.read AND m.sender_id = behind.peer_id
            LIMIT %(most_unread)s) counted),
       (SELECT coalesce(jsonb_agg(order_of ORDER BY (order_of -> 'deadline_ms')), '[]') FROM (
           SELECT jsonb_build_object(
                  'booking_id', b.id, 'companion_id', b.companion_id, 'is_client', b.client_id = %(me)s,
                  'name', CASE WHEN b.client_id = %(me)s THEN her.display_name ELSE his.display_name END,
                  'online', b.online, 'state', b.state, 'deadline_ms', b.deadline_ms,
                  'client_grace_min', t.client_grace_ms / 60000,
                  'pause_left_ms', t.client_pause_limit_ms - b.client_paused_ms) AS order_of
             FROM bookings_booking b
             JOIN bookings_terms t ON t.booking_id = b.id
             JOIN listings_companion her ON her.user_id = b.companion_id
             JOIN accounts_user his ON his.id = b.client_id
            WHERE b.id IN (
               SELECT id FROM bookings_booking WHERE companion_id = %(me)s AND state IN ('live', 'paused')
               UNION ALL
               SELECT id FROM bookings_booking WHERE client_id = %(me)s AND state IN ('live', 'paused') AND online
               UNION ALL
               SELECT id FROM bookings_booking WHERE client_id = %(me)s AND state = 'live' AND NOT now)) running)
"""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as one of its two sees it, with its last line. `before` is the body of the system line before
    that, where the last one is a system line; `online` and the two limits are of the order it was said in; `unread`
    counts what the other one wrote and this one has not seen, up to MOST_UNREAD; `open`: one may write now."""

    id: int
    booking_id: UUID
    is_client: bool
    peer_id: int
    kind: str
    sender_id: int | None
    cmid: UUID | None
    sealed: memoryview | None
    body: str
    before: str | None
    at_ms: int
    online: bool
    promise_ms: int | None
    client_grace_ms: int
    unread: int
    open: bool


def talks_of(user: User, *, most: int, after: tuple[int, int] = NEWEST) -> list[Talk]:
    """`after`: at_ms and id of the last one of the page before."""
    at, conv = after
    asked = {"me": user.pk, "at": at, "conv": conv, "most": most, "most_unread": MOST_UNREAD}
    with connection.cursor() as cursor:
        cursor.execute(TALKS, asked)
        return [Talk(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Running:
    """An order whose two are together; `name` is the other one's, `deadline_ms` None while its clock stands."""

    booking_id: str
    companion_id: int
    is_client: bool
    name: str
    online: bool
    state: str
    deadline_ms: int | None
    client_grace_min: int
    pause_left_ms: int

    @property
    def may_pause(self) -> bool:
        """Only who pays stops the clock himself, only that of a talk, and for so long in all."""
        return self.is_client and self.online and self.pause_left_ms > 0

    @property
    def until(self) -> datetime | None:
        """Up to when is paid: the clock runs no longer than that."""
        return None if self.deadline_ms is None else moment(self.deadline_ms)


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What goes on while somebody is on any page: how many messages he has not seen, up to MOST_UNREAD, and what
    runs."""

    unread: int = 0
    running: Sequence[Running] = ()

    @property
    def unread_in_words(self) -> str:
        return in_words(self.unread)

    @property
    def with_me(self) -> set[int]:
        """The companions who are with him at this moment, online."""
        return {one.companion_id for one in self.running if one.is_client and one.online}


def in_words(unread: int) -> str:
    """ "" of nothing; what was not counted to its end says so."""
    return f"{MOST_UNREAD - 1}+" if unread >= MOST_UNREAD else str(unread or "")


def meanwhile(user: User | AnonymousUser) -> Meanwhile:
    if user.is_anonymous:
        return Meanwhile()
    with connection.cursor() as cursor:
        cursor.execute(MEANWHILE, {"me": user.pk, "most_unread": MOST_UNREAD})
        unread, running = cursor.fetchone()
    return Meanwhile(unread, [Running(**one) for one in json.loads(running)])
