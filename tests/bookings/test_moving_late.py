"""What cancelling gives back of an appointment that was moved: no way round what cancelling late costs."""

import pytest

from accounts.models import User
from bookings import services
from bookings.models import Booking, State
from bookings.services.cancelling import DAY_MS, Rule, quote
from common.clock import database_now_ms
from payments.services.books import check_books
from tests.bookings.test_cancelling import again, moved_to
from tests.cast import a_week
from tests.moves import moved, proposed
from tests.orders import MINUTE, appointed, on_the_half_hour

pytestmark = pytest.mark.django_db
HOUR = 60 * MINUTE


@pytest.fixture
def booking(client_user, listing) -> Booking:
    """Half an hour in two days, accepted: 1000 fen."""
    a_week(listing.companion)
    return appointed(client_user, listing)


def back(booking: Booking, by: User | None = None) -> int:
    booking = Booking.objects.select_related("terms").get(pk=booking.pk)
    return quote(booking, by=by or booking.client, now_ms=database_now_ms()).refund_fen


def near(booking: Booking) -> Booking:
    """In ten hours: cancelling gives 800 of 1000 fen back."""
    booking = moved_to(booking, 10 * HOUR)
    assert back(booking) == 800
    return booking


def test_an_early_move_to_a_later_day_keeps_all_of_it(booking):
    after = moved(booking, booking.client)
    assert (back(after), after.late_start_ms) == (1000, None)


def test_who_moves_what_is_late_cannot_cancel_it_for_nothing(booking):
    booking = near(booking)
    after = moved(booking, booking.client, on_the_half_hour(24 * 7))
    assert (back(after), after.late_start_ms) == (800, booking.starts_ms)
    services.cancel(booking=after, by=booking.client, expected_fen=800)
    assert check_books(with_stripe=False) == []


def test_nor_by_moving_it_twice(booking):
    booking = near(booking)
    after = moved(moved(booking, booking.client, on_the_half_hour(24 * 7)), booking.client, on_the_half_hour(24 * 9))
    assert (back(after), after.late_start_ms) == (800, booking.starts_ms)


def test_nor_by_letting_her_answer_with_a_time_of_her_own(booking):
    booking = near(booking)
    services.decline_move(move=proposed(booking, booking.client, on_the_half_hour(72)), by=booking.companion)
    after = moved(booking, booking.companion, on_the_half_hour(24 * 7))
    assert (back(after), after.late_start_ms) == (800, booking.starts_ms)


def test_what_she_asks_for_of_her_own_accord_costs_him_nothing(booking):
    after = moved(near(booking), booking.companion, on_the_half_hour(24 * 7))
    assert (back(after), after.late_start_ms) == (1000, None)


def test_what_he_asked_for_in_time_costs_him_nothing_either(booking):
    move = proposed(booking, booking.client, on_the_half_hour(24 * 7))
    assert move.late_start_ms is None


def test_a_later_move_that_she_wants_frees_him(booking):
    after = moved(near(booking), booking.client, on_the_half_hour(24 * 7))
    after = moved(after, booking.companion, on_the_half_hour(24 * 9))
    assert (back(after), after.late_start_ms) == (1000, None)


def test_nor_does_it_count_once_the_two_are_back_at_the_start_he_asked_to_leave(booking):
    booking = moved(booking, booking.companion, on_the_half_hour(10))
    first = booking.starts_at
    after = moved(moved(booking, booking.client, on_the_half_hour(24 * 7)), booking.companion, first)
    after = moved(after, booking.companion, on_the_half_hour(24 * 8))
    assert (back(after), after.late_start_ms) == (1000, None)


def test_of_a_nearer_start_it_is_late_from_then_on(booking):
    after = moved(booking, booking.companion, on_the_half_hour(5))
    assert (back(after), after.late_start_ms) == (800, None)
    assert back(after, booking.companion) == 1000


def test_his_own_limit_is_that_of_the_terms(booking):
    limit = booking.starts_ms - DAY_MS
    row = Booking.objects.select_related("terms").get(pk=booking.pk)
    row.late_start_ms, row.starts_ms = row.starts_ms, row.starts_ms + 7 * DAY_MS
    assert quote(row, by=row.client, now_ms=limit).rule == Rule.EARLY_CANCEL
    assert quote(row, by=row.client, now_ms=limit + 1).rule == Rule.LATE_CANCEL


def test_her_figures_count_from_the_new_start(booking):
    """Both in time: nobody is judged by the time that is over."""
    after = moved(booking, booking.client)
    services.run_due(now_ms=booking.starts_ms + 15 * MINUTE)
    assert again(after).state == State.ACCEPTED
