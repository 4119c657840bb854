"""What many messages do to clocks at once is what each would have done alone, or is left to that."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection, transaction

from bookings import services
from bookings.models import Booking, Turn
from common.clock import database_now_ms
from tests.cast import a_listing, a_user
from tests.orders import accepted, ask, live, requested, rewrite, settle, speak
from tests.rivals import rival, somebody_waits

SECOND = 1000
PROMISE = 60 * SECOND
MOVING = ("turn__asked_ms", "turn__awaiting_since_ms", "due_ms", "deadline_ms", "live_since_ms", "state", "came_ms")


def note_many(*said: tuple[Booking, bool]) -> dict:
    """(booking, from the companion) → by booking its time and when its clock stops, of those that were plain."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM bookings_note_messages(%s::uuid[], %s)",
            [[booking.pk for booking, _ in said], [side for _, side in said]],
        )
        return {row[0]: row[1:] for row in cursor.fetchall()}


def note_one(booking: Booking, side: bool) -> tuple:
    with connection.cursor() as cursor:
        cursor.execute("SELECT at_ms, stop_ms FROM bookings_note_message(%s, %s)", [booking.pk, side])
        return cursor.fetchone()


def outcome(act: Callable[[], tuple], booking: Booking) -> dict:
    """What is then on the order, and when its clock stops; the message's own moment by name."""
    with transaction.atomic():
        at_ms, stop_ms = act()
        row = Booking.objects.filter(pk=booking.pk).values(*MOVING).get()
        replies = list(booking.replies.values_list("asked_ms", "replied_ms"))
        transaction.set_rollback(True)
    values = {**row, "stop_ms": stop_ms, "replies": tuple(moment for reply in replies for moment in reply)}
    return {name: _since(value, at_ms) for name, value in values.items()}


def _since(value: object, at_ms: int) -> object:
    if isinstance(value, tuple):
        return tuple(_since(each, at_ms) for each in value)
    return {at_ms: "now", at_ms + PROMISE: "when the promise is over"}.get(value, value)


@pytest.fixture
def running(client_user, listing) -> Booking:
    booking = live(client_user, listing)
    rewrite("live_since_ms = live_since_ms - 300000")
    booking.refresh_from_db()
    return booking


BEFORE = ["", "h", "s", "hh", "sh", "hs", "shh", "hsh", "shs"]


@pytest.mark.django_db
@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("side", [True, False], ids=["she", "he"])
def test_a_running_clock_goes_on_as_by_itself(running, before, side):
    for number, who in enumerate(before):
        speak(running.pk, companion=who == "s", now_ms=running.live_since_ms + (280 + number) * SECOND)
    alone = outcome(lambda: note_one(running, side), running)
    together = outcome(lambda: note_many((running, side))[running.pk], running)
    assert together == alone


@pytest.mark.django_db
def test_a_reply_after_his_pause_counts_without_it(running):
    Turn.objects.update(asked_ms=database_now_ms() - 90 * SECOND, awaiting_since_ms=database_now_ms() - 5 * SECOND)
    rewrite("client_paused_ms = 60000")
    alone = outcome(lambda: note_one(running, True), running)
    assert outcome(lambda: note_many((running, True))[running.pk], running) == alone


@pytest.mark.django_db
@pytest.mark.parametrize("side", [True, False], ids=["she", "he"])
def test_what_falls_due_later_than_the_promise_falls_due_with_it(running, side):
    rewrite("due_ms = deadline_ms")
    alone = outcome(lambda: note_one(running, side), running)
    assert alone["due_ms"] == (Booking.objects.get().deadline_ms if side else "when the promise is over")
    assert outcome(lambda: note_many((running, side))[running.pk], running) == alone


@pytest.mark.django_db
def test_what_falls_due_before_is_not_written(running):
    """A booking's row is the dearest to write of all that a message could."""
    rewrite("due_ms = now_ms + 30000")
    before = where_it_lies()
    for side in (False, True):
        assert note_many((running, side))
        note_one(running, side)
    assert where_it_lies() == before


def where_it_lies() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ctid FROM bookings_booking")
        return cursor.fetchone()[0]


def overdue(running: Booking) -> None:
    ask("now_ms - 61000")
    rewrite("due_ms = now_ms - 1000")


def used_up(running: Booking) -> None:
    rewrite("live_since_ms = now_ms - granted_ms - 1000, due_ms = now_ms - 1000")


@pytest.mark.django_db
@pytest.mark.parametrize("gone", [overdue, used_up])
def test_a_clock_that_should_have_stopped_is_left_alone(running, gone):
    gone(running)
    before = Booking.objects.values(*MOVING).get()
    assert note_many((running, True)) == {}
    assert Booking.objects.values(*MOVING).get() == before


@pytest.mark.django_db
@pytest.mark.parametrize("make", [requested, accepted, lambda *who: settle(live(*who))])
def test_where_no_clock_runs_nothing_is_noted(client_user, listing, make):
    booking = make(client_user, listing)
    assert note_many((booking, True)) == {}


@pytest.fixture
def two(client_user, listing) -> tuple[Booking, Booking]:
    return live(client_user, listing), live(a_user("second"), a_listing("lan"))


@pytest.mark.django_db(transaction=True)
def test_what_somebody_holds_is_left_and_nobody_waits_for_it(two, client_user):
    held, free = two
    with rival(partial(services.end, booking=held, by=client_user)) as meanwhile:
        noted = meanwhile(partial(note_many, (held, True), (free, True)))()
    assert set(noted) == {free.pk}


@pytest.fixture
def locks_are_waited_for():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('bookings_note_messages'::regproc)")
        [whole] = cursor.fetchone()
        cursor.execute(whole.replace(" SKIP LOCKED", ""))
        yield
        cursor.execute(whole)


@pytest.mark.django_db(transaction=True)
def test_control_without_skipping_everybody_would_wait(two, client_user, locks_are_waited_for):
    held, free = two
    with rival(partial(services.end, booking=held, by=client_user)) as meanwhile:
        result = meanwhile(partial(note_many, (held, True), (free, True)))
        assert somebody_waits()
    assert set(result()) == {free.pk}
