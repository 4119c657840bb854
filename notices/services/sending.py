"""Telling those who are to be told.

A worker claims a notice by putting its moment off, tells, and writes down what came of it. If it dies in between, the
notice is due again and the device has it twice: a notice that is lost is worse, and on the device the second takes the
place of the first. The letter, by its key, is written once.
"""

import json
import logging
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection
from django.db.models import F, QuerySet
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import User
from common.clock import database_now_ms
from common.database import alone
from notices import gateway
from notices.gateway import Address, Answer, Outcome, Parcel
from notices.models import MOST_ATTEMPTS, Device, Notice, Preference
from notices.services.devices import devices_that_hear
from notices.services.letters import write_letter_of
from notices.services.preferences import preference_of
from notices.services.quiet import quiet_until
from notices.services.topics import Words, policy_of, true_until
from notices.services.writing import GRACE_MS, those_here

log = logging.getLogger(__name__)
# Who claimed so many tells them within the lease, also if a push service lets each of its sockets wait.
CLAIMED, SOCKETS, LEASE_MS = 20, 16, 60_000
# After so long a tick claims nothing more: the next one comes in seconds.
TICK_S = 4
# Before the second attempt, the third, and so on.
WAITS_MS = [15_000, 60_000, 240_000, 900_000]

CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM notices_notice
     WHERE due_ms <= %(now_ms)s AND (%(booking)s IS NULL OR booking_id = %(booking)s)
     ORDER BY due_ms LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED)
UPDATE notices_notice AS n
   SET attempts = LEAST(n.attempts + 1, %(attempts)s),
       due_ms = CASE WHEN n.attempts < %(attempts)s THEN %(now_ms)s + %(lease_ms)s END
  FROM due WHERE n.id = due.id
RETURNING n.id
"""


@dataclass(slots=True)
class Telling:
    """One notice that is being told, on which devices it still has to be, and what came of each. `rests_until_ms` is
    when the last of those that rest can be told, 0 if none rests."""

    notice: Notice
    wishes: Preference
    words: Words
    devices: list[Device]
    ttl_s: int
    rests_until_ms: int
    answers: dict[int, Answer] = field(default_factory=dict)

    def those(self, outcome: Outcome) -> list[int]:
        return [pk for pk, answer in self.answers.items() if answer.outcome is outcome]


def tell_due(*, now_ms: int | None = None) -> int:
    """Tells what is due, in one of all processes at a time: a push service that hangs holds up one worker, not all.
    Returns how many notices were looked at. `now_ms` is for tests."""
    with alone("notices") as is_mine:
        return _tell_all(now_ms) if is_mine else 0


def tell_of_order(*, booking_id: UUID) -> None:
    """At once, beside the rounds: three minutes are short."""
    now_ms = database_now_ms()
    _tell(_claimed(now_ms, booking_id), now_ms)


def _tell_all(asked_ms: int | None) -> int:
    told, ends, more = 0, time.monotonic() + TICK_S, True
    while more:
        now_ms = database_now_ms() if asked_ms is None else asked_ms
        claimed = _claimed(now_ms)
        _tell(claimed, now_ms)
        told += len(claimed)
        more = len(claimed) == CLAIMED and time.monotonic() < ends
    return told


def _claimed(now_ms: int, booking_id: UUID | None = None) -> list[Notice]:
    asked = {"now_ms": now_ms, "booking": booking_id, "most": CLAIMED, "lease_ms": LEASE_MS}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {**asked, "attempts": MOST_ATTEMPTS})
        ids = [row[0] for row in cursor.fetchall()]
    whole = ("recipient", "conversation__booking__terms", "conversation__booking__client", "booking")
    # What was claimed for the last time and never told, because each worker died of it, is given up.
    return list(Notice.objects.filter(pk__in=ids, due_ms__isnull=False).select_related(*whole))


def _tell(claimed: Sequence[Notice], now_ms: int) -> None:
    if not claimed:
        return
    here = those_here({notice.recipient_id for notice in claimed}, now_ms=now_ms)
    tellings = [telling for notice in claimed if (telling := _prepared(notice, now_ms, here))]
    _push(tellings)
    for telling in tellings:
        _conclude(telling, now_ms)


def _prepared(notice: Notice, now_ms: int, here: set[int]) -> Telling | None:
    """None when it is not to be sent, or not yet: that is written down."""
    until, wishes = true_until(notice, now_ms), preference_of(notice.recipient)
    if until is None:
        _row(notice).delete()
    elif quiet := quiet_until(wishes, now_ms):
        _put_off(notice, quiet)
    elif notice.recipient_id in here:
        _put_off(notice, now_ms + GRACE_MS)
    else:
        awake, rests_until = _still_to_reach(notice, now_ms)
        return Telling(notice, wishes, _words(notice, now_ms), awake, (until - now_ms) // 1000, rests_until)
    return None


def _words(notice: Notice, now_ms: int) -> Words:
    with translation.override(notice.recipient.language):
        return policy_of(notice).words(notice, now_ms)


def _still_to_reach(notice: Notice, now_ms: int) -> tuple[list[Device], int]:
    """Those that can be told now, and when the last of the others can."""
    if not gateway.is_on():
        return [], 0
    left = [device for device in devices_that_hear(notice.recipient) if device.pk not in notice.reached]
    rests = {device.pk: until for device in left if (until := device.rests_until_ms) and until > now_ms}
    return [device for device in left if device.pk not in rests], max(rests.values(), default=0)


def _push(tellings: Iterable[Telling]) -> None:
    """All at the same time, without the database: a thread would have a connection of its own."""
    pairs = [(telling, device) for telling in tellings for device in telling.devices]
    with ThreadPoolExecutor(SOCKETS) as sockets:
        for (telling, device), answer in zip(pairs, sockets.map(_send, pairs), strict=True):
            telling.answers[device.pk] = answer


def _send(pair: tuple[Telling, Device]) -> Answer:
    telling, device = pair
    try:
        return gateway.push(Address(device.endpoint, device.p256dh, device.auth), _parcel(telling))
    except Exception:
        log.exception("%s could not be sent", telling.notice)
        return Answer(Outcome.FAILED)


def _parcel(telling: Telling) -> Parcel:
    words = telling.words
    content = {"title": _title(telling.notice.recipient), "body": words.body, "path": words.path, "tag": words.tag}
    return Parcel(json.dumps(content, ensure_ascii=False), f"n{telling.notice.pk}", max(1, telling.ttl_s))


def _title(reader: User) -> str:
    with translation.override(reader.language):
        return gettext("Wozai")


def _conclude(telling: Telling, now_ms: int) -> None:
    notice = telling.notice
    Device.objects.filter(pk__in=telling.those(Outcome.GONE)).delete()
    notice.reached += telling.those(Outcome.REACHED)
    is_written = write_letter_of(notice, telling.wishes, telling.words, telling.ttl_s)
    sent = now_ms if notice.reached or is_written else None
    _row(notice).update(reached=notice.reached, due_ms=_next_ms(telling, now_ms), sent_ms=notice.sent_ms or sent)


def _next_ms(telling: Telling, now_ms: int) -> int | None:
    """When those that could not be told are tried again; None if there are none, or it was tried often enough."""
    failed, attempts = telling.those(Outcome.FAILED), telling.notice.attempts
    if attempts == MOST_ATTEMPTS or not (failed or telling.rests_until_ms):
        return None
    moments = [_let_rest(pk, now_ms + telling.answers[pk].rest_ms) for pk in failed if telling.answers[pk].rest_ms]
    moments += [now_ms + WAITS_MS[attempts - 1]] if failed else []
    return max([*moments, telling.rests_until_ms])


def _let_rest(pk: int, until_ms: int) -> int:
    """Other notices leave the device alone too."""
    Device.objects.filter(pk=pk).update(rests_until_ms=until_ms)
    return until_ms


def _put_off(notice: Notice, until_ms: int) -> None:
    """That was no attempt."""
    _row(notice).update(due_ms=until_ms, attempts=F("attempts") - 1)


def _row(notice: Notice) -> QuerySet[Notice]:
    """As it was claimed: whatever came between, a newer message or a worker that took over, is not written over."""
    return Notice.objects.filter(pk=notice.pk, due_ms=notice.due_ms, seq=notice.seq)
