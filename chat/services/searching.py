"""Searching what was said in one's own talks. It is sealed, so it is opened line by line, the newest first, and only so
many of them at once. Nothing of what is searched for leaves this module."""

import heapq
import time
import unicodedata
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from accounts.models import User
from chat.models import Message
from chat.sealing import unseal_text
from common.keyring import Unreadable

MOST_LOOKED_AT, MOST_FOUND = 5000, 50
DEADLINE_MS = 1500
BATCH = 250
LOOK_AT_CLOCK_EACH = 50
# Of each talk the newest line before a place. Those after it were looked at before, and are passed over unopened.
HEADS = """
SELECT head.at_ms, c.id, head.seq
  FROM chat_conversation c
 CROSS JOIN LATERAL (
    SELECT m.at_ms, m.seq FROM chat_message m
     WHERE m.conversation_id = c.id AND (m.at_ms, m.conversation_id, m.seq) < (%(at)s, %(conv)s, %(seq)s)
     ORDER BY m.seq DESC LIMIT 1) head
 WHERE c.client_id = %(me)s OR c.companion_id = %(me)s
"""


class Place(NamedTuple):
    """Where a line stands among all lines of a user's talks."""

    at_ms: int
    conv: int
    seq: int


@dataclass(frozen=True, slots=True)
class Line:
    place: Place
    sender_id: int
    cmid: UUID
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Hit:
    place: Place
    sender_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """`further`: from where to look on, None where all was looked at."""

    hits: list[Hit]
    further: Place | None


def search(*, by: User, words: str, before: Place | None = None) -> Found:
    """Lines with these words in the talks of `by`, newest first, in whatever case or width they were typed."""
    needle, until = folded(words), time.monotonic() + DEADLINE_MS / 1000
    hits: list[Hit] = []
    place = None
    for number, line in zip(count(), _newest_first(_heads(by, before)), strict=False):
        late = number % LOOK_AT_CLOCK_EACH == LOOK_AT_CLOCK_EACH - 1 and time.monotonic() > until
        if late or number == MOST_LOOKED_AT or len(hits) == MOST_FOUND:
            return Found(hits, place)
        place, text = line.place, _opened(line)
        if needle in folded(text):
            hits.append(Hit(place, line.sender_id, text))
    return Found(hits, None)


def folded(text: str) -> str:
    """The same for what looks or reads the same: full width and half, upper case and lower."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _opened(line: Line) -> str:
    """Nothing of what no key opens."""
    try:
        return unseal_text(line.sealed, line.place.conv, line.cmid)
    except Unreadable:
        return ""


def _heads(user: User, before: Place | None) -> list[Place]:
    at, conv, seq = before or Place(2**63 - 1, 0, 0)
    with connection.cursor() as cursor:
        cursor.execute(HEADS, {"me": user.pk, "at": at, "conv": conv, "seq": seq})
        return [Place(*row) for row in cursor.fetchall()]


def _newest_first(heads: list[Place]) -> Iterator[Line]:
    """What people wrote in all of these talks, from these lines back. Of each only so much is read as is asked for."""
    order = [tuple(-each for each in head) for head in heads]
    heapq.heapify(order)
    read: dict[int, deque[Line]] = {}
    while order:
        _at, conv, seq = (-each for each in order[0])
        lines = read.get(conv) or deque(_lines(conv, seq))
        if not lines:
            heapq.heappop(order)
            continue
        read[conv], line = lines, lines.popleft()
        following = lines[0].place if lines else line.place._replace(seq=line.place.seq - 1)
        heapq.heapreplace(order, tuple(-each for each in following))
        yield line


def _lines(conv: int, seq: int) -> Iterator[Line]:
    back = Message.objects.filter(conversation=conv, seq__lte=seq, kind=Message.Kind.TEXT).order_by("-seq")
    # A text has all of them: message_says_what_its_kind_says.
    rows: Any = back.values_list("at_ms", "seq", "sender_id", "cmid", "sealed")[:BATCH]
    for at_ms, number, *rest in rows:
        yield Line(Place(at_ms, conv, number), *rest)
