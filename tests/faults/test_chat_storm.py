"""A crowd is cut off at the same moment: everybody is back within half a minute, and told what they missed."""

import asyncio
import itertools
import os
from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import F
from django.utils import timezone

from bench.chat.ours import signed_in
from bench.meter.fill import put_in
from chat.models import Conversation, Message
from chat.sealing import seal_text
from common.clock import database_now_ms
from tests.faults.crowd import Visitor, all_are_there, allow_sockets
from tests.faults.site import Site
from tests.faults.talks import with_two_webs

# For a thousand: CROWD_PAIRS=500.
PAIRS = int(os.environ.get("CROWD_PAIRS", "100"))
FILLED_S, BACK_WITHIN_S = 60, 30
MISSED = 2


def a_crowd(urls: Sequence[str]) -> list[Visitor]:
    """Both sides of so many live sessions, at each process half of them. One of them does not say what he has."""
    with connection.cursor() as cursor:
        put_in(cursor, PAIRS)
    rows = signed_in(2 * PAIRS)
    until = timezone.now() + timedelta(days=1)
    Session.objects.bulk_create(Session(session_key=key, session_data=data, expire_date=until) for key, data in rows)
    talks = Conversation.objects.values_list("pk", "client_id", "companion_id", "last_seq")
    sides = [(pk, user, seq) for pk, *members, seq in talks for user in members]
    crowd = [
        Visitor(itertools.cycle(urls[number % 2 :] + urls[: number % 2]), rows[user - 1][0], conv, seq=seq)
        for number, (conv, user, seq) in enumerate(sides)
    ]
    crowd[0].resumes = False
    return crowd


def something_is_said_to_each() -> None:
    """Straight into the log, and nobody is told."""
    now_ms = database_now_ms()
    for _ in range(MISSED):
        Conversation.objects.update(last_seq=F("last_seq") + 1)
        Message.objects.bulk_create(a_line(talk, now_ms) for talk in Conversation.objects.all())


def a_line(talk: Conversation, at_ms: int) -> Message:
    cmid = uuid4()
    sealed = seal_text("你在吗", talk.pk, cmid)
    place = {"conversation": talk, "seq": talk.last_seq, "booking_id": talk.booking_id, "at_ms": at_ms}
    return Message(kind="text", sender_id=talk.companion_id, cmid=cmid, sealed=sealed, **place)


def cut_off(site: Site) -> None:
    site.kill("web", "second web")
    something_is_said_to_each()
    connection.close()


def test_all_come_back_and_know_what_they_missed(site, tmp_path):
    """Half a minute from when somebody answers again: their longest wait is twenty seconds."""
    allow_sockets()
    crowd = a_crowd(with_two_webs(site, tmp_path))
    [had] = {each.seq for each in crowd}

    async def go() -> None:
        staying = [asyncio.create_task(each.stay()) for each in crowd]
        await all_are_there(crowd, comings=1, seq=had, seconds=FILLED_S)
        await asyncio.to_thread(cut_off, site)
        await asyncio.to_thread(site.start, "web", "second web")
        await all_are_there(crowd, comings=2, seq=had + MISSED, seconds=BACK_WITHIN_S)
        for task in staying:
            task.cancel()
        await asyncio.gather(*staying, return_exceptions=True)

    asyncio.run(go())
    silent, *others = crowd
    assert silent.seq == had
    assert sum(each.disorder for each in others) == 0
