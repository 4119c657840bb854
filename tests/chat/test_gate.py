"""Nothing is written after "ended", not even by a message that was on its way while it was being written."""

import asyncio
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection

from bookings import services as bookings
from chat.live import log
from chat.live.frames import Send
from chat.live.log import writing
from chat.models import Conversation, Message
from tests.orders import live
from tests.rivals import rival

pytestmark = pytest.mark.django_db(transaction=True)


def write(conv: int, sender: int) -> str:
    """What became of a message: written, or the code it was refused with."""

    async def one() -> str:
        pool = await log.open_pool()
        try:
            await log.write_one(pool, sender, Send(uuid4(), conv, "等等我"))
        except log.Refused as refused:
            return refused.code
        finally:
            await pool.close()
        return "written"

    return asyncio.run(one())


def end_while_writing(client_user, listing) -> tuple[str, list[str]]:
    booking = live(client_user, listing)
    conversation = Conversation.objects.get(booking=booking)
    with rival(partial(bookings.end, booking=booking, by=client_user)) as meanwhile:
        outcome = meanwhile(partial(write, conversation.pk, booking.companion_id))
    return outcome(), list(
        Message.objects.filter(conversation=conversation).order_by("seq").values_list("kind", flat=True)
    )


def test_a_message_that_waited_for_the_end_is_refused(client_user, listing):
    outcome, kinds = end_while_writing(client_user, listing)
    assert (outcome, kinds[-1]) == ("session_closed", "system")


@pytest.fixture
def without_the_bookings_lock():
    """The message reads the booking as it was before the end, and waits for the conversation only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('bookings_note_message'::regproc)")
        [whole] = cursor.fetchone()
        cursor.execute(whole.replace("FOR NO KEY UPDATE", ""))
    yield
    with connection.cursor() as cursor:
        cursor.execute(whole)


def test_the_gate_alone_refuses_it_too(client_user, listing, without_the_bookings_lock):
    outcome, kinds = end_while_writing(client_user, listing)
    assert (outcome, kinds[-1]) == ("session_closed", "system")


def test_control_without_lock_and_gate_it_would_follow_the_end(
    client_user, listing, without_the_bookings_lock, monkeypatch
):
    monkeypatch.setattr(writing, "ONE", writing.ONE.replace("AND c.gate ", ""))
    outcome, kinds = end_while_writing(client_user, listing)
    assert (outcome, kinds[-1]) == ("written", "text")
