"""The client's own pause: asked for in the chat or, without script, on the booking's page."""

import pytest
from django.db.models import F
from django.urls import reverse

from bookings import services
from bookings.errors import NotPossibleNow
from bookings.models import Booking, State
from chat.services.fanout import snapshot
from tests.orders import MINUTE, live, past_the_triggers, rewrite, speak

pytestmark = pytest.mark.django_db
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def running(client_user, listing) -> Booking:
    return live(client_user, listing)


def ask(client, booking: Booking, what: str, **more):
    return client.post(reverse(f"bookings:{what}", args=[booking.pk]), **more)


def standing(booking: Booking) -> tuple:
    booking.refresh_from_db()
    return booking.state, booking.pause_reason


def test_he_pauses_in_the_chat_and_goes_on(client, client_user, running):
    client.force_login(client_user)
    assert ask(client, running, "pause", **JSON).json() == {"state": "paused"}
    assert standing(running) == (State.PAUSED, "client")
    assert ask(client, running, "resume", **JSON).json() == {"state": "live"}
    assert standing(running) == (State.LIVE, None)


def test_without_script_he_does_it_on_the_page_of_the_booking(client, client_user, running):
    client.force_login(client_user)
    detail = reverse("bookings:detail", args=[running.pk])
    assert "还可停 30 分钟" in client.get(detail).content.decode()
    assert ask(client, running, "pause").url == detail
    page = client.get(detail).content.decode()
    assert reverse("bookings:resume", args=[running.pk]) in page
    assert ask(client, running, "resume").url == detail


@pytest.mark.parametrize("what", ["pause", "resume"])
def test_nobody_else_does_it(client, running, companion, stranger, what):
    client.force_login(companion)
    assert ask(client, running, what, **JSON).status_code == (409 if what == "pause" else 200)
    client.force_login(stranger)
    assert ask(client, running, what, **JSON).status_code == 404
    assert standing(running) == (State.LIVE, None)


def test_the_companion_does_not_end_his_pause(running, client_user, companion):
    services.pause(booking=running, by=client_user)
    with pytest.raises(NotPossibleNow):
        services.resume(booking=running, by=companion)


def test_while_he_pauses_nothing_is_written(running, client_user):
    services.pause(booking=running, by=client_user)
    assert [speak(running.pk, companion=side)[0] for side in (True, False)] == [False, False]


def test_all_his_pauses_are_30_minutes_together(running, client_user):
    services.pause(booking=running, by=client_user)
    running.refresh_from_db()
    rewrite("due_ms = due_ms - 1500000")
    with past_the_triggers():
        running.steps.filter(state=State.PAUSED).update(at_ms=F("at_ms") - 1500000)
    services.resume(booking=running, by=client_user)
    left = snapshot(running.pk)["pause_left_ms"]
    assert left == pytest.approx(5 * MINUTE, abs=1000)
    services.pause(booking=running, by=client_user)
    running.refresh_from_db()
    services.sweep(now_ms=running.due_ms)
    assert standing(running) == (State.ENDED, None)


def test_when_none_is_left_he_cannot_pause(running, client_user):
    rewrite("client_paused_ms = 1800000")
    with pytest.raises(NotPossibleNow):
        services.pause(booking=running, by=client_user)


def test_the_page_is_told_when_the_clock_will_stop(running):
    told = snapshot(running.pk)
    assert told["stop_ms"] == told["deadline_ms"]
    _, asked, _ = speak(running.pk, companion=False)
    assert snapshot(running.pk)["stop_ms"] == asked + running.terms.promise_ms
