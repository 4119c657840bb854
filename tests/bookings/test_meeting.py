"""Two who meet in person: they check in, his code starts the clock, his code or his word ends it."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, connection

from bookings import services
from bookings.errors import (
    ClientElsewhere,
    CodeReplaced,
    CodeRests,
    CompanionBusy,
    NotPossibleNow,
    TooEarly,
    WrongCode,
)
from bookings.models import Booking, MeetingCode, Segment, State
from bookings.services import lifecycle
from listings.models import TakenTime
from listings.services import take_time
from payments.models import Refund
from payments.services.books import check_books
from tests.cast import a_listing, a_user
from tests.orders import MINUTE, accepted, live, settle
from tests.visits import END, START, a_place, agreed, another, code, due_in, enter, near, together

pytestmark = pytest.mark.django_db
ONE_MINUTE = timedelta(minutes=1)


@pytest.fixture
def clinic(db):
    return a_place("shen")


@pytest.fixture
def dining(db):
    return a_place("ruby", kind="dining")


def again(booking: Booking) -> Booking:
    return Booking.objects.get(pk=booking.pk)


def rested(booking: Booking) -> None:
    """A minute has gone by since the code was made."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE bookings_meetingcode SET created_at = created_at - interval '61 seconds'")


# "I'm here"


def test_each_says_once_that_he_is_there(client_user, clinic):
    booking = near(client_user, clinic, 59)
    first = services.arrive(booking=booking, by=client_user).client_came_ms
    assert services.arrive(booking=booking, by=client_user).client_came_ms == first
    both = services.arrive(booking=booking, by=booking.companion)
    assert both.came_ms >= both.client_came_ms == first


def test_nobody_is_there_two_hours_early_or_when_it_is_over_and_no_stranger_ever(client_user, clinic, stranger):
    booking = near(client_user, clinic, 61)
    with pytest.raises(TooEarly):
        services.arrive(booking=booking, by=client_user)
    with pytest.raises(NotPossibleNow):
        services.arrive(booking=due_in(booking, 5), by=stranger)
    with pytest.raises(NotPossibleNow):
        services.arrive(booking=due_in(booking, -15), by=client_user)


def test_who_is_there_counts_as_on_time_however_long_the_other_takes(client_user, clinic):
    booking = near(client_user, clinic, 1)
    services.arrive(booking=booking, by=booking.companion)
    booking = due_in(booking, -14)
    Booking.objects.filter(pk=booking.pk).update(came_ms=booking.starts_ms)
    enter(booking, code(booking))
    [figures] = services.figures_of(user_ids=[booking.companion_id])
    assert (figures.on_time.good, figures.on_time.all) == (1, 1)


# The start


def test_the_right_code_starts_the_clock_at_once(client_user, clinic):
    booking = together(client_user, clinic, minutes=-3)
    assert booking.state == State.LIVE
    assert booking.deadline_ms == booking.live_since_ms + 240 * MINUTE
    assert abs(booking.live_since_ms - booking.starts_ms - 3 * MINUTE) < 10_000


def test_it_may_start_up_to_an_hour_early_and_her_time_moves_along(client_user, other_client, clinic):
    booking = together(client_user, clinic, minutes=50)
    [taken] = TakenTime.objects.filter(ref=booking.pk)
    assert int(taken.starts_at.timestamp() * 1000) == booking.live_since_ms < booking.starts_ms
    assert int(taken.ends_at.timestamp() * 1000) == booking.deadline_ms
    assert (taken.free_again_at - taken.ends_at).total_seconds() == 40 * 60


def test_where_that_time_is_somebody_elses_the_promise_stays_as_it_was(client_user, clinic):
    booking = near(client_user, clinic, 50)
    other = Booking().pk
    before = TakenTime.objects.get(ref=booking.pk)
    way = before.sets_off_at
    take_time(companion=clinic.companion, ref=other, starts_at=way - 30 * ONE_MINUTE, ends_at=way, pause_min=0)
    assert enter(booking, code(booking)).state == State.LIVE
    assert TakenTime.objects.get(ref=booking.pk).starts_at == before.starts_at


def test_an_hour_early_is_the_earliest_and_no_show_the_end(client_user, clinic):
    booking = near(client_user, clinic, 61)
    with pytest.raises(TooEarly):
        enter(booking, code(booking))
    with pytest.raises(NotPossibleNow):
        enter(due_in(booking, -15), code(booking))
    assert again(booking).state == State.ACCEPTED


def test_a_quarter_of_an_hour_late_less_a_second_is_in_time(client_user, clinic):
    booking = due_in(agreed(client_user, clinic), -14.9)
    assert enter(booking, code(booking)).state == State.LIVE


def test_the_same_code_twice_is_once(client_user, clinic):
    booking = near(client_user, clinic)
    digits = code(booking)
    first, second = enter(booking, digits), enter(booking, digits)
    assert first.live_since_ms == second.live_since_ms
    assert [step.state for step in booking.steps.order_by("id")].count("live") == 1


def test_only_she_enters_it_and_only_he_sees_it(client_user, clinic, stranger):
    booking = near(client_user, clinic)
    for who in (client_user, stranger):
        with pytest.raises(NotPossibleNow):
            services.enter_code(booking=booking, digits=code(booking), purpose=START, by=who)
    for who in (booking.companion, stranger):
        with pytest.raises(NotPossibleNow):
            services.code_of(booking=booking, purpose=START, by=who)


def test_a_chat_has_no_codes(client_user, listing):
    booking = accepted(client_user, listing)
    with pytest.raises(NotPossibleNow):
        services.code_of(booking=booking, purpose=START, by=client_user)
    with pytest.raises(NotPossibleNow):
        enter(booking, "000000")
    with pytest.raises(NotPossibleNow):
        services.arrive(booking=booking, by=client_user)


def test_the_end_code_starts_nothing_and_there_is_none_before_the_start(client_user, clinic):
    booking = near(client_user, clinic)
    with pytest.raises(NotPossibleNow):
        services.code_of(booking=booking, purpose=END, by=client_user)
    with pytest.raises(NotPossibleNow):
        enter(booking, "000000", END)


# Wrong ones


def test_a_wrong_try_stays_written_and_starts_nothing(client_user, clinic):
    booking = near(client_user, clinic)
    with pytest.raises(WrongCode):
        enter(booking, another(code(booking)))
    assert (MeetingCode.objects.get().tries, again(booking).state) == (1, State.ACCEPTED)


def test_the_fifth_wrong_try_makes_a_new_code_which_rests_a_minute(client_user, clinic):
    booking = near(client_user, clinic)
    old = code(booking)
    for _ in range(4):
        with pytest.raises(WrongCode):
            enter(booking, another(old))
    with pytest.raises(CodeReplaced):
        enter(booking, another(old))
    MeetingCode.objects.filter(number=2).update(digits=another(another(old)))
    for digits in (old, code(booking)):
        with pytest.raises(CodeRests):
            enter(booking, digits)
    assert list(MeetingCode.objects.order_by("number").values_list("tries", flat=True)) == [5, 0]
    rested(booking)
    with pytest.raises(WrongCode):
        enter(booking, old)
    assert enter(booking, code(booking)).state == State.LIVE


@pytest.mark.parametrize("digits", ["", "1", "１２３４５６", "\x00", "é" * 6, "9" * 1000])
def test_whatever_is_entered_is_at_most_a_wrong_try(client_user, clinic, digits):
    booking = near(client_user, clinic)
    with pytest.raises(WrongCode):
        enter(booking, digits)


# One at a time


def test_the_clock_waits_while_she_is_in_a_chat(client_user, other_client, clinic):
    booking = near(client_user, clinic)
    TakenTime.objects.all().delete()
    running = live(other_client, a_listing("shen", companion=clinic.companion))
    with pytest.raises(CompanionBusy):
        enter(booking, code(booking))
    services.end(booking=running, by=other_client)
    assert enter(booking, code(booking)).state == State.LIVE


def test_a_rule_that_says_nothing_to_people_is_told_as_it_is(client_user, other_client, clinic, monkeypatch):
    booking = near(client_user, clinic)
    TakenTime.objects.all().delete()
    live(other_client, a_listing("shen", companion=clinic.companion))
    monkeypatch.setattr(lifecycle, "REFUSALS", {})
    with pytest.raises(IntegrityError, match="booking_one_running_per_companion"):
        enter(booking, code(booking))


def test_the_clock_waits_while_he_pays_for_another_one(client_user, clinic, listing):
    booking = near(client_user, clinic, 30)
    running = accepted(a_user("somebody"), listing)
    Booking.objects.filter(pk=running.pk).update(client=client_user)
    with pytest.raises(ClientElsewhere):
        enter(booking, code(booking))


def test_whoever_is_out_with_somebody_is_with_somebody(client_user, clinic):
    booking = together(client_user, clinic)
    assert services.is_busy(companion_id=booking.companion_id)


# The end


def test_she_ends_with_his_code_and_not_without(client_user, clinic):
    booking = together(client_user, clinic)
    with pytest.raises(NotPossibleNow):
        services.end(booking=booking, by=booking.companion)
    with pytest.raises(WrongCode):
        enter(booking, another(code(booking, END)), END)
    ended = enter(booking, code(booking, END), END)
    assert (ended.state, Segment.objects.get().stop_reason) == (State.ENDED, "ended_by_companion")
    assert enter(booking, "000000", END).ended_ms == ended.ended_ms


def test_he_ends_without_a_code(client_user, clinic):
    booking = services.end(booking=together(client_user, clinic), by=client_user)
    assert (booking.state, Segment.objects.get().stop_reason) == (State.ENDED, "ended_by_client")


def test_a_block_ends_it_whoever_blocks(client_user, clinic):
    booking = together(client_user, clinic)
    services.part(by=booking.companion, other=client_user)
    assert again(booking).state == State.ENDED


def test_a_visit_is_charged_once_it_began_and_nothing_goes_back(client_user, clinic):
    booking = together(client_user, clinic)
    services.sweep()
    assert again(booking).billed_min == 1
    booking = settle(services.end(booking=booking, by=client_user))
    assert (booking.state, services.bill_of(booking, now_ms=0).cost, Refund.objects.count()) == (
        State.SETTLED,
        30000,
        0,
    )
    assert check_books(with_stripe=False) == []


def test_a_visit_that_nobody_ends_runs_out_with_what_it_includes(client_user, clinic):
    booking = together(client_user, clinic)
    booking = settle(booking, now_ms=booking.deadline_ms)
    paid = services.bill_of(booking, now_ms=0).cost
    assert (booking.state, booking.closed_ms, paid) == (State.SETTLED, 240 * MINUTE, 30000)
    assert check_books(with_stripe=False) == []


def test_a_meal_that_ends_early_costs_its_full_minutes(client_user, dining):
    booking = together(client_user, dining)
    # An hour ordered, 45 minutes served.
    Booking.objects.filter(pk=booking.pk).update(
        live_since_ms=booking.live_since_ms - 45 * MINUTE - 500, due_ms=booking.live_since_ms
    )
    booking = settle(enter(booking, code(booking, END), END))
    assert (booking.billed_min, list(Refund.objects.values_list("amount", flat=True))) == (45, [1500])
    assert check_books(with_stripe=False) == []


def test_the_rest_and_the_early_window_are_the_numbers_of_the_settings():
    assert (settings.MEET_EARLY_MS, settings.CODE_REST_MS) == (60 * MINUTE, MINUTE)
