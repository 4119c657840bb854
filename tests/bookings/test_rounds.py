"""What is due beside the meter gets its turn in each round, whatever fails before it."""

import pytest

from bookings import services
from bookings.models import Booking, State
from bookings.services import moving, rounds, timers
from common.clock import database_now_ms
from listings.models import Listing
from tests.cast import a_listing, a_user, a_week
from tests.moves import proposed
from tests.orders import appointed, requested

pytestmark = pytest.mark.django_db


@pytest.fixture
def due(monkeypatch) -> list[Booking]:
    """Five that expire, oldest first; of a page of two the first four fail."""
    bookings = [requested(a_user(f"client{number}"), a_listing(f"her{number}")) for number in range(5)]
    for number, booking in enumerate(bookings):
        Booking.objects.filter(pk=booking.pk).update(due_ms=database_now_ms() - 1000 + number)
    plain, failing = timers.ON_TIME[State.REQUESTED], {booking.pk for booking in bookings[:4]}

    def expire(booking: Booking, now_ms: int) -> None:
        if booking.pk in failing:
            raise RuntimeError
        plain(booking, now_ms)

    monkeypatch.setitem(timers.ON_TIME, State.REQUESTED, expire)
    monkeypatch.setattr(rounds, "PAGE", 2)
    return bookings


def state(booking: Booking) -> str:
    booking.refresh_from_db()
    return booking.state


def test_pages_that_fail_keep_nobody_from_his_turn(due):
    assert services.run_due() == 1
    assert state(due[-1]) == State.EXPIRED


def test_a_round_whose_time_is_up_is_gone_on_with_by_the_next(due, monkeypatch):
    monkeypatch.setattr(rounds, "ROUND_S", -1)
    assert [services.run_due() for _ in range(5)] == [0, 0, 0, 0, 1]


def test_after_the_last_one_comes_the_first_again(due, monkeypatch):
    with monkeypatch.context() as short:
        short.setattr(rounds, "ROUND_S", -1)
        services.run_due()
    monkeypatch.undo()
    assert services.run_due() == 5


def test_many_of_the_same_moment_are_all_handled(due, monkeypatch):
    Booking.objects.update(due_ms=database_now_ms() - 1000)
    services.run_due()
    assert state(due[-1]) == State.EXPIRED


def test_proposals_that_fail_keep_no_other_from_lapsing(monkeypatch):
    bookings = [appointed(a_user(f"guest{number}"), a_listing_with_hours(f"she{number}")) for number in range(4)]
    moves = [proposed(booking, booking.client) for booking in bookings]
    plain = moving._lapse

    def lapse(move_id: int, now_ms: int) -> bool:
        if move_id != moves[-1].pk:
            raise RuntimeError
        return plain(move_id, now_ms)

    monkeypatch.setattr(moving, "_lapse", lapse)
    monkeypatch.setattr(rounds, "PAGE", 2)
    assert moving.lapse_moves(max(move.expires_ms for move in moves)) == 1


def a_listing_with_hours(name: str) -> Listing:
    return a_week(a_listing(name).companion).listings.get()
