"""Who may write when: every state of an order, both of its people and others, asked of the database both ways."""

import asyncio
from uuid import uuid4

import pytest

from accounts.models import User
from bookings.models import Booking, State, Turn
from chat.live import log
from chat.live.frames import Send
from chat.models import Conversation
from tests.cast import a_listing
from tests.orders import live, past_the_triggers
from tests.visits import a_place, agreed

pytestmark = pytest.mark.django_db(transaction=True)

# (state, why its clock stands): may the two write in it?
ONLINE = {
    ("awaiting_payment", None): False,
    ("requested", None): False,
    ("accepted", None): True,
    ("live", None): True,
    ("paused", "reply_overdue"): True,
    ("paused", "companion_away"): True,
    ("paused", "client_away"): True,
    ("paused", "client"): False,
}
IN_PERSON = {
    ("awaiting_payment", None): False,
    ("requested", None): True,
    ("accepted", None): True,
    ("live", None): True,
}
OVER = {
    (state, None): False for state in ("ended", "exhausted", "settled", "declined", "expired", "cancelled", "no_show")
}


def test_no_state_is_missing():
    assert {state for state, _ in {**ONLINE, **OVER}} == set(State)
    assert {state for state, _ in {**IN_PERSON, **OVER}} | {"paused"} == set(State)


async def tried(talk: Conversation, sender: int) -> set[str]:
    """What became of a message each way."""
    async with await log.open_pool() as pool:
        together = await log.write_many(pool, [(sender, Send(uuid4(), talk.pk, "在吗"))])
        try:
            await log.write_one(pool, sender, Send(uuid4(), talk.pk, "在吗"))
        except log.Refused as refused:
            return {refused.code} | ({"written together"} if together else set())
    return {"written"}


def put(booking: Booking, state: str, reason: str | None) -> None:
    """As if it had come there by itself."""
    ends = {"ended_ms": 1} if state in ("ended", "exhausted", "settled") else {"ended_ms": None}
    due = {} if (state, None) not in OVER or state in ("ended", "exhausted") else {"due_ms": None}
    started = {"live_since_ms": booking.live_since_ms} if state == "live" else {"live_since_ms": None}
    by = {"cancelled_by": booking.client} if state == "cancelled" else {}
    fields = {"state": state, "pause_reason": reason, **ends, **due, **started, **by}
    with past_the_triggers():
        Booking.objects.filter(pk=booking.pk).update(**fields)
        asked_ms = 1 if reason == "reply_overdue" else None
        phase = Booking.objects.get(pk=booking.pk).phase
        Turn.objects.filter(booking=booking).update(phase=phase, asked_ms=asked_ms, awaiting_since_ms=None)


@pytest.fixture
def online(client_user, listing) -> Booking:
    return live(client_user, listing)


@pytest.fixture
def in_person(client_user) -> Booking:
    return agreed(client_user, a_place("shen"))


def whole(booking: Booking, state: str, reason: str | None) -> Conversation:
    if state == "live" and not booking.online:
        booking.live_since_ms = booking.starts_ms
    put(booking, state, reason)
    return Conversation.objects.get(booking=booking)


EACH = [("online", *case) for case in {**ONLINE, **OVER}.items()] + [
    ("in_person", *case) for case in {**IN_PERSON, **OVER}.items()
]


@pytest.mark.parametrize(("which", "where", "may"), EACH)
def test_the_two_of_an_order(which, where, may, request):
    booking = request.getfixturevalue(which)
    talk = whole(booking, *where)
    for member in (booking.client_id, booking.companion_id):
        expected = "written" if may else "session_closed"
        # Her answer to what was overdue starts the clock again, which closes nothing.
        assert asyncio.run(tried(talk, member)) == {expected}, f"{where} {member}"


@pytest.fixture
def moderator(stranger) -> User:
    User.objects.filter(pk=stranger.pk).update(is_staff=True, is_superuser=True)
    return stranger


@pytest.mark.parametrize("where", [*ONLINE])
def test_nobody_else_writes_whatever_he_is(where, online, moderator, other_client):
    talk = whole(online, *where)
    other_companion = a_listing("lan").companion.user
    for other in (moderator, other_client, other_companion):
        assert asyncio.run(tried(talk, other.pk)) == {"not_found"}


@pytest.mark.parametrize("member", ["client_id", "companion_id"])
def test_who_is_suspended_writes_nothing(online, member):
    talk = Conversation.objects.get(booking=online)
    User.objects.filter(pk=getattr(online, member)).update(is_active=False)
    assert asyncio.run(tried(talk, getattr(online, member))) == {"session_closed"}


def test_a_shut_gate_shuts_whatever_the_order_says(online):
    talk = Conversation.objects.get(booking=online)
    Conversation.objects.update(gate=False)
    assert asyncio.run(tried(talk, online.client_id)) == {"session_closed"}
