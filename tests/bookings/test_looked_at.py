"""What is posted and settled is not taken back, so somebody has looked who is away before, in whatever process."""

import threading

import pytest
from django.db import IntegrityError

from bookings import services
from bookings.models import Booking, State
from bookings.services import presence as absences
from common import presence
from common.clock import database_now_ms
from tests.bookings.absence import age, both_here, stretches
from tests.orders import MINUTE, live, note_absence, requested
from tests.presence import look_again, looked, seen

SECOND = 1000
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("for_days")]


@pytest.fixture
def running(client_user, listing) -> Booking:
    """Live for five minutes, nothing posted, and both are here."""
    booking = live(client_user, listing)
    age(booking, 5 * MINUTE)
    both_here(booking, database_now_ms())
    return booking


@pytest.fixture
def ended(running) -> Booking:
    """So long ago that it can be settled."""
    services.end(booking=running, by=running.client)
    Booking.objects.update(due_ms=database_now_ms() - SECOND)
    running.refresh_from_db()
    return running


@pytest.fixture
def she_is_back(running) -> Booking:
    """The clock stands because she was away."""
    return stands(running)


@pytest.fixture
def she_too_is_back(other_client, other_listing) -> Booking:
    booking = live(other_client, other_listing)
    both_here(booking, database_now_ms())
    return stands(booking)


def stands(booking: Booking) -> Booking:
    note_absence(booking.companion_id, database_now_ms() - MINUTE)
    booking.refresh_from_db()
    assert booking.pause_reason == "companion_away"
    return booking


def billed(booking: Booking) -> int:
    booking.refresh_from_db()
    return booking.billed_min


def somebody_looks() -> None:
    """Another process has the turn and is not through yet."""
    presence.take_turn("look", seconds=60)


def test_while_another_looks_nothing_is_posted(running):
    somebody_looks()
    assert (services.tick(), billed(running)) == (0, 0)
    look_again()
    services.tick()
    assert billed(running) == 4


def test_while_another_looks_nothing_is_settled(ended):
    somebody_looks()
    services.tick()
    ended.refresh_from_db()
    assert ended.state == State.ENDED
    look_again()
    services.tick()
    ended.refresh_from_db()
    assert ended.state == State.SETTLED


def test_while_another_looks_clocks_are_cut_off(running):
    age(running, 26 * MINUTE)
    somebody_looks()
    services.tick()
    running.refresh_from_db()
    assert (running.state, running.billed_min) == (State.EXHAUSTED, 0)


def test_while_another_looks_what_has_no_clock_expires(client_user, listing):
    booking = requested(client_user, listing)
    Booking.objects.update(due_ms=database_now_ms() - SECOND)
    somebody_looks()
    services.tick()
    booking.refresh_from_db()
    assert booking.state == State.EXPIRED


@pytest.mark.parametrize(("ago_s", "minutes"), [(14, 4), (16, 0)])
def test_a_look_holds_until_somebody_can_have_been_gone_for_as_long_as_posting_lags(running, ago_s, minutes):
    looked(database_now_ms() - ago_s * SECOND)
    somebody_looks()
    services.tick()
    assert billed(running) == minutes


def test_a_look_from_the_future_is_none(running):
    looked(database_now_ms() + MINUTE)
    somebody_looks()
    services.tick()
    assert billed(running) == 0


def test_a_look_that_fails_gives_back_its_turn(running, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(absences, "_gone_by_name", lambda _: 1 / 0)
        services.tick()
    assert billed(running) == 0
    services.tick()
    assert billed(running) == 4


def test_one_whose_order_breaks_a_rule_does_not_end_the_look(running, monkeypatch, caplog):
    seen(running.companion, running.live_since_ms + MINUTE)
    seen(running.client, running.live_since_ms)
    plain = absences._note_together

    def note(users, *rest):
        if running.client_id in users:
            raise IntegrityError
        return plain(users, *rest)

    monkeypatch.setattr(absences, "_note_together", note)
    services.tick()
    assert stretches(running) == [(MINUTE, "companion_away")]
    assert f"user {running.client_id}" in caplog.text


def test_one_whose_order_breaks_a_rule_keeps_nobody_from_coming_back(she_is_back, she_too_is_back, monkeypatch, caplog):
    plain = absences._return_together

    def note(users, now_ms):
        if she_is_back.companion_id in users:
            raise IntegrityError
        return plain(users, now_ms)

    monkeypatch.setattr(absences, "_return_together", note)
    absences.notice()
    she_too_is_back.refresh_from_db()
    assert she_too_is_back.state == State.LIVE
    assert f"user {she_is_back.companion_id}" in caplog.text


# At the same moment


def late_look(running, monkeypatch) -> None:
    """One tick asks by name and finds that he, who was never written down, is gone, while another comes."""
    presence.client().zrem(presence.KEY, running.client_id)
    is_looking, may_end, plain = threading.Event(), threading.Event(), absences._gone_by_name

    def slowly(asked_ms):
        is_looking.set()
        may_end.wait(20)
        return plain(asked_ms)

    monkeypatch.setattr(absences, "_gone_by_name", slowly)
    first = threading.Thread(target=alone)
    first.start()
    is_looking.wait(20)
    services.tick()
    may_end.set()
    first.join()


def alone() -> None:
    from django.db import connections

    services.tick()
    connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_another_tick_posts_nothing_that_the_first_one_would_cut(running, monkeypatch):
    late_look(running, monkeypatch)
    assert stretches(running) == [(3 * MINUTE, "client_away")]


@pytest.mark.django_db(transaction=True)
def test_control_if_it_did_not_wait_his_absence_would_be_billed(running, monkeypatch):
    monkeypatch.setattr(absences, "is_looked_at", lambda: True)
    late_look(running, monkeypatch)
    assert stretches(running) == [(4 * MINUTE, "client_away")]


# When a round takes long


def test_a_clock_goes_on_when_that_is_written_not_when_the_round_began(she_is_back, monkeypatch):
    began = database_now_ms() - 10 * SECOND
    monkeypatch.setattr(absences, "database_now_ms", lambda: began)
    before = database_now_ms()
    absences.notice()
    she_is_back.refresh_from_db()
    assert she_is_back.live_since_ms >= before
