"""A late word of an absence mends what was thought, until it is posted or settled."""

from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from bookings import services
from bookings.models import Booking, Segment, State
from bookings.services import presence as absences
from common import presence
from common.clock import database_now_ms
from payments.services.books import check_books
from tests.bookings.absence import (
    SECOND,
    arrive,
    both_here,
    five_minutes_in,
    notice,
    pause_at,
    resume_at,
    standing,
    stretches,
)
from tests.orders import MINUTE, settle, speak
from tests.presence import seen
from tests.rivals import rival

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("for_days")]


@pytest.fixture
def running(client_user, listing) -> Booking:
    return five_minutes_in(client_user, listing)


def test_what_is_read_before_she_came_back_does_not_stop_the_clock_again(running):
    """A round that asked Redis a moment before she connected, and comes to the row a moment after."""
    went = running.live_since_ms + 2 * MINUTE
    seen(running.companion, went)
    asked = went + 40 * SECOND
    notice(asked)
    arrive(running.companion_id, went, asked + 5)
    assert absences._note_absences({running.companion_id: presence.LastSeen(went, True)}, asked) == 0
    assert standing(running) == (State.LIVE, None)


def test_control_judged_by_a_later_moment_it_would_stop_for_nothing(running):
    went = running.live_since_ms + 2 * MINUTE
    arrive(running.companion_id, went, went + 40 * SECOND)
    gone = {running.companion_id: presence.LastSeen(went, True)}
    assert absences._note_absences(gone, went + 41 * SECOND) == 1


# An arrival mends what no sweep noticed


def test_an_absence_is_noted_when_she_comes_back_although_no_sweep_came_by(running):
    went = running.live_since_ms + 2 * MINUTE
    assert arrive(running.companion_id, went, went + 3 * MINUTE) == [running.pk]
    assert standing(running) == (State.LIVE, None)
    assert (running.live_since_ms, running.closed_ms) == (went + 3 * MINUTE, 2 * MINUTE)
    assert stretches(running) == [(2 * MINUTE, "companion_away")]


def test_who_was_away_for_a_moment_only_stopped_nothing(running):
    went = running.live_since_ms + 2 * MINUTE
    assert arrive(running.companion_id, went, went + 29 * SECOND) == []
    assert stretches(running) == []


# Late knowledge


def test_who_vanished_before_the_deadline_is_not_paid_for_the_rest(running):
    deadline, went = running.deadline_ms, running.deadline_ms - 20 * SECOND
    both_here(running, deadline)
    services.sweep(now_ms=deadline)
    seen(running.companion, went)
    assert notice(went + 31 * SECOND) == 1
    assert stretches(running) == [(running.granted_ms - 20 * SECOND, "companion_away")]
    settle(running)
    assert (running.state, running.billed_min) == (State.SETTLED, 29)
    assert check_books(with_stripe=False) == []


def test_who_vanished_before_the_client_ended_it_is_not_paid_for_the_rest(running):
    services.end(booking=running, by=running.client)
    running.refresh_from_db()
    end = Segment.objects.get().end_ms
    seen(running.companion, end - 20 * SECOND)
    assert notice(end + 11 * SECOND) == 1
    settle(running)
    assert running.billed_min == 4
    assert services.bill_of(running, now_ms=0).minutes == 4
    assert check_books(with_stripe=False) == []


def test_control_settled_at_once_she_would_be_paid_for_it(running):
    services.end(booking=running, by=running.client)
    end = Segment.objects.get().end_ms
    settle(running)
    seen(running.companion, end - 20 * SECOND)
    assert notice(end + 11 * SECOND) == 0
    assert running.billed_min == 5


def test_what_is_posted_is_not_taken_back(running, settings):
    settings.POSTING_LAG_MS = 0
    went = running.live_since_ms + 2 * MINUTE + 10 * SECOND
    services.sweep(now_ms=running.live_since_ms + 3 * MINUTE)
    seen(running.companion, went)
    notice(went + 60 * SECOND)
    assert stretches(running) == [(3 * MINUTE, "companion_away")]
    settle(running)
    assert running.billed_min == 3
    assert check_books(with_stripe=False) == []


def test_a_pause_in_between_does_not_keep_the_stretch_before_it(running):
    """She vanishes, he pauses and goes on, and only then it is noticed."""
    began, went = running.live_since_ms, running.live_since_ms + 2 * MINUTE
    pause_at(running, went + 5 * SECOND)
    resume_at(running, went + 12 * SECOND)
    seen(running.companion, went)
    assert notice(went + 31 * SECOND) == 1
    assert stretches(running) == [(2 * MINUTE, "companion_away"), (0, "companion_away")]
    assert (standing(running), running.closed_ms, began) == ((State.PAUSED, "companion_away"), 2 * MINUTE, began)


def test_a_stretch_cut_in_his_pause_takes_nothing_of_his_pause(running):
    went = running.live_since_ms + 2 * MINUTE
    pause_at(running, went + 20 * SECOND)
    seen(running.companion, went)
    assert notice(went + 31 * SECOND) == 1
    resume_at(running, went + 50 * SECOND)
    running.refresh_from_db()
    assert running.client_paused_ms == 30 * SECOND


def test_who_is_forgotten_by_now_is_not_cut_from_what_was_before(running):
    """She left in his pause, minutes after the stretch; nothing is written down of her any more."""
    paused = running.live_since_ms + 3 * MINUTE
    pause_at(running, paused)
    presence.client().zrem(presence.KEY, running.companion_id)
    assert notice(paused + 40 * SECOND) == 0
    assert stretches(running) == [(3 * MINUTE, "client")]


def test_a_sweep_ten_minutes_late_gives_the_same_bill(running):
    went = running.live_since_ms + 2 * MINUTE + 30 * SECOND
    asked = went - 10 * SECOND
    speak(running.pk, companion=False, now_ms=asked)
    seen(running.companion, went)
    late = went + 10 * MINUTE
    seen(running.client, late)
    notice(late)
    services.sweep(now_ms=late)
    settle(running)
    assert stretches(running) == [(2 * MINUTE + 30 * SECOND, "companion_away")]
    assert (running.state, running.billed_min) == (State.SETTLED, 2)


# At the same moment


@pytest.mark.django_db(transaction=True)
def test_an_arrival_waits_for_a_row_that_somebody_else_has(running):
    """Nobody will know of her absence afterwards: her own arrival has already written her down."""
    went = running.live_since_ms + 2 * MINUTE
    with rival(partial(speak, running.pk, companion=False)) as meanwhile:
        arrived = meanwhile(partial(arrive, running.companion_id, went))
    assert arrived() == [running.pk]
    assert stretches(running) == [(2 * MINUTE, "companion_away")]


@pytest.mark.django_db(transaction=True)
def test_control_as_the_sweep_does_it_her_absence_would_be_lost(running):
    went = running.live_since_ms + 2 * MINUTE
    gone = {running.companion_id: presence.LastSeen(went, True)}
    with rival(partial(speak, running.pk, companion=False)) as meanwhile:
        noted = meanwhile(partial(absences._note_absences, gone, database_now_ms()))
    assert noted() == 0
    assert stretches(running) == []


# What the database itself refuses


def change(booking: Booking, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE bookings_segment SET {sql} WHERE booking_id = %s", [booking.pk])


@pytest.mark.parametrize("sql", ["end_ms = end_ms + 1", "start_ms = start_ms + 1, end_ms = end_ms - 1"])
def test_a_stretch_only_ever_gets_shorter_at_its_end(running, sql):
    services.end(booking=running, by=running.client)
    change(running, "end_ms = end_ms - 1")
    with pytest.raises(IntegrityError), transaction.atomic():
        change(running, sql)


def test_a_settled_stretch_is_final(running):
    services.end(booking=running, by=running.client)
    settle(running)
    with pytest.raises(IntegrityError), transaction.atomic():
        change(running, "end_ms = end_ms - 1")
