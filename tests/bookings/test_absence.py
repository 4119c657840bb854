"""Who is not here does not cost: the clock stops at the second she went, and a late word mends what was thought."""

from functools import partial

import pytest
import redis
from django.db import IntegrityError, connection, transaction

from bookings import services
from bookings.models import Booking, Segment, State
from bookings.services import presence as absences
from common import presence
from common.clock import database_now_ms
from payments.services.books import check_books
from tests.orders import MINUTE, live, settle, speak
from tests.presence import complete_since, look_again, looked, seen
from tests.rivals import rival

SECOND = 1000
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("for_days")]


@pytest.fixture
def running(client_user, listing) -> Booking:
    """Live for five minutes, and both are here."""
    booking = live(client_user, listing)
    age(booking, 5 * MINUTE)
    both_here(booking, database_now_ms())
    return booking


def age(booking: Booking, ms: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE bookings_booking SET live_since_ms = live_since_ms - %s, due_ms = due_ms - %s", [ms, ms])
    booking.refresh_from_db()


def both_here(booking: Booking, at_ms: int) -> None:
    seen(booking.companion, at_ms)
    seen(booking.client, at_ms)


def notice(now_ms: int) -> int:
    look_again()
    return absences.notice(now_ms=now_ms)


def standing(booking: Booking) -> tuple:
    booking.refresh_from_db()
    return booking.state, booking.pause_reason


def stretches(booking: Booking) -> list[tuple[int, str]]:
    """Of each closed stretch how long it was, and why it ended."""
    rows = Segment.objects.filter(booking=booking).order_by("start_ms")
    return [(segment.end_ms - segment.start_ms, segment.stop_reason) for segment in rows]


def test_a_companion_who_is_gone_for_30_s_stopped_the_clock_when_she_went(running):
    went = running.live_since_ms + 2 * MINUTE
    seen(running.companion, went)
    both = [notice(went + 30 * SECOND - 1), notice(went + 30 * SECOND)]
    assert both == [0, 1]
    assert standing(running) == (State.PAUSED, "companion_away")
    assert stretches(running) == [(2 * MINUTE, "companion_away")]
    assert running.due_ms == went + running.terms.pause_limit_ms


def test_each_second_finds_her_without_a_look_at_everybody(running):
    went = running.live_since_ms + 2 * MINUTE
    seen(running.companion, went)
    presence.take_turn("look", seconds=60)
    assert absences.notice(now_ms=went + 31 * SECOND) == 1


def never_written_down(user) -> None:
    presence.client().zrem(presence.KEY, user.pk)


def test_who_was_never_written_down_is_noticed_when_his_clock_has_just_begun(running):
    """All is known, and somebody looked just now: a look does not ask about everybody."""
    never_written_down(running.client)
    now = running.live_since_ms + 3 * MINUTE
    looked(now - SECOND)
    seen(running.companion, now)
    assert [notice(now - 1), notice(now)] == [0, 1]
    assert standing(running) == (State.PAUSED, "client_away")


@pytest.mark.parametrize("missed", [False, True])
def test_after_a_time_without_looks_one_asks_about_everybody(running, missed):
    """Otherwise who began long ago, and is not written down, has been dealt with."""
    now = running.live_since_ms + 20 * MINUTE
    if not missed:
        looked(now - SECOND)
    never_written_down(running.client)
    seen(running.companion, now)
    assert notice(now) == missed


def test_while_it_is_not_long_known_who_is_here_one_asks_about_everybody(running):
    now = running.live_since_ms + 20 * MINUTE
    looked(now - SECOND)
    never_written_down(running.companion)
    seen(running.client, now)
    complete_since(now - 31 * SECOND)
    assert notice(now) == 1
    assert standing(running) == (State.PAUSED, "companion_away")


def test_a_client_who_is_gone_is_waited_for_three_minutes(running):
    went = running.live_since_ms + 1 * MINUTE
    now = went + 3 * MINUTE
    seen(running.companion, now)
    seen(running.client, went)
    assert [notice(now - 1), notice(now)] == [0, 1]
    assert standing(running) == (State.PAUSED, "client_away")
    assert stretches(running) == [(4 * MINUTE, "client_away")]


def test_a_client_who_is_here_is_not_taken_for_gone_because_she_is(running):
    """The clock has run for longer than he may be gone; nothing is said of him when she goes."""
    went = running.live_since_ms + 5 * MINUTE
    seen(running.companion, went)
    notice(went + 31 * SECOND)
    assert stretches(running) == [(5 * MINUTE, "companion_away")]


def test_who_is_back_starts_the_clock_again(running):
    went = running.live_since_ms + 2 * MINUTE
    seen(running.companion, went)
    notice(went + 31 * SECOND)
    back = went + 2 * MINUTE
    seen(running.companion, back)
    assert absences.notice(now_ms=back + SECOND) == 1
    assert standing(running) == (State.LIVE, None)
    assert running.live_since_ms == back + SECOND


def test_who_comes_back_after_the_limit_comes_too_late(running):
    went = running.live_since_ms + 2 * MINUTE
    seen(running.companion, went)
    notice(went + 31 * SECOND)
    back = went + running.terms.pause_limit_ms
    seen(running.companion, back)
    notice(back)
    assert standing(running) == (State.ENDED, None)


def test_a_question_that_waits_while_she_is_away_waits_anew_when_she_is_back(running):
    went = running.live_since_ms + 2 * MINUTE
    seen(running.companion, went)
    notice(went + 31 * SECOND)
    speak(running.pk, companion=False, now_ms=went + 40 * SECOND)
    seen(running.companion, went + MINUTE)
    notice(went + MINUTE)
    running.refresh_from_db()
    assert (running.state, running.awaiting_since_ms) == (State.LIVE, went + MINUTE)


# What is missing stops no clock


def test_an_emptied_redis_stops_nobodys_clock(running):
    now = database_now_ms()
    presence.client().flushdb()
    # Within 15 s every web process has written its people again.
    assert [notice(now), notice(now + 10 * SECOND)] == [0, 0]
    both_here(running, now + 15 * SECOND)
    assert notice(now + 31 * SECOND) == 0
    assert standing(running) == (State.LIVE, None)


def test_control_if_what_is_missing_counted_from_ever_the_clock_would_stop(running):
    presence.client().flushdb()
    complete_since(running.live_since_ms - MINUTE)
    assert notice(database_now_ms()) == 1


def test_who_was_gone_when_it_was_emptied_counts_as_gone_since_then(running):
    now = database_now_ms()
    seen(running.companion, now - 20 * SECOND)
    presence.client().flushdb()
    notice(now)
    seen(running.client, now + 31 * SECOND)
    assert notice(now + 31 * SECOND) == 1
    assert Segment.objects.get().end_ms == now


def test_a_redis_that_came_back_from_an_old_snapshot_stops_nobodys_clock(running, monkeypatch):
    now = database_now_ms()
    both_here(running, now - 20 * MINUTE)
    monkeypatch.setattr(presence, "floor_ms", lambda *, since_ms, info, now_ms: max(since_ms, now - 2 * SECOND))
    assert notice(now) == 0


def test_a_redis_out_of_reach_stops_nobodys_clock(running, monkeypatch):
    nowhere = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    seen(running.companion, running.live_since_ms)
    monkeypatch.setattr(presence, "client", lambda: nowhere)
    services.tick()
    assert standing(running) == (State.LIVE, None)


def test_after_redis_was_away_for_long_what_it_says_counts_from_now(running, monkeypatch):
    """Nobody could write to it, so that everybody in it looks gone."""
    hole = presence.Hole()
    monkeypatch.setattr(presence, "_hole", hole)
    both_here(running, database_now_ms() - 40 * SECOND)
    hole._since = 1.0
    assert notice(database_now_ms()) == 0
    assert not hole.is_open()


def test_control_without_knowing_that_it_was_away_the_clock_would_stop(running):
    both_here(running, database_now_ms() - 40 * SECOND)
    assert notice(database_now_ms()) == 1


def test_what_is_read_before_she_came_back_does_not_stop_the_clock_again(running):
    """A round that asked Redis a moment before she connected, and comes to the row a moment after."""
    went = running.live_since_ms + 2 * MINUTE
    seen(running.companion, went)
    asked = went + 40 * SECOND
    notice(asked)
    arrive(running.companion_id, went, asked + 5)
    assert absences._note_absences({running.companion_id: presence.LastSeen(went, True)}, asked) == (0, 0)
    assert standing(running) == (State.LIVE, None)


def test_control_judged_by_a_later_moment_it_would_stop_for_nothing(running):
    went = running.live_since_ms + 2 * MINUTE
    arrive(running.companion_id, went, went + 40 * SECOND)
    gone = {running.companion_id: presence.LastSeen(went, True)}
    assert absences._note_absences(gone, went + 41 * SECOND) == (1, 0)


def arrive(user_id: int, seen_ms: int | None, now_ms: int | None = None, exact: bool = True) -> list:
    with connection.cursor() as cursor:
        asked = [user_id, seen_ms, exact, 45_000, now_ms]
        cursor.execute("SELECT * FROM bookings_note_arrival(%s, %s, %s, %s, %s)", asked)
        return [booking_id for (booking_id,) in cursor.fetchall()]


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


def pause_at(booking: Booking, at_ms: int) -> None:
    booking.refresh_from_db()
    Segment.objects.create(
        booking=booking,
        companion_id=booking.companion_id,
        start_ms=booking.live_since_ms,
        end_ms=at_ms,
        stop_reason="client",
    )
    booking.closed_ms += at_ms - booking.live_since_ms
    booking.state, booking.pause_reason, booking.live_since_ms, booking.due_ms = (
        "paused",
        "client",
        None,
        at_ms + MINUTE,
    )
    booking.save(update_fields=["state", "pause_reason", "live_since_ms", "closed_ms", "due_ms"])


def resume_at(booking: Booking, at_ms: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bookings_go_live(b, %s, 45000) FROM bookings_booking b WHERE id = %s", [at_ms, booking.pk]
        )


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


def test_a_worker_whose_clock_is_an_hour_off_does_the_same(running, monkeypatch):
    import time

    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    services.tick()
    assert standing(running) == (State.LIVE, None)
    went = running.live_since_ms + 4 * MINUTE + 20 * SECOND
    seen(running.companion, went)
    look_again()
    services.tick()
    assert stretches(running) == [(4 * MINUTE + 20 * SECOND, "companion_away")]


def test_presence_comes_before_the_meter(running):
    """A late round: overdue, and gone before that."""
    went = running.live_since_ms + MINUTE
    speak(running.pk, companion=False, now_ms=went - 5 * SECOND)
    seen(running.companion, went)
    look_again()
    services.tick()
    assert stretches(running) == [(MINUTE, "companion_away")]


def test_who_was_dealt_with_is_forgotten(running):
    now = database_now_ms()
    seen(running.companion, now - absences.KEPT_MS - 1)
    seen(running.client, now)
    notice(now)
    assert presence.client().zrange(presence.KEY, 0, -1) == [str(running.client_id).encode()]


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
    assert noted() == (0, 1)
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
