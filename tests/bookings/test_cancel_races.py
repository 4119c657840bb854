"""Leaving at the same moment as something else, with real connections: one sum, and the books know why."""

import time
from functools import partial

import pytest
from django.db import connection

from bookings import services
from bookings.errors import NotPossibleNow, RefundChanged
from bookings.models import Booking, State
from bookings.services import lifecycle
from bookings.services.cancelling import DAY_MS, quote
from common.clock import database_now_ms
from payments.models import Refund
from payments.services.books import check_books
from tests.bookings.test_cancelling import again, moved_to, near
from tests.cast import a_week
from tests.orders import MINUTE, appointed, on_the_half_hour, ordered, pay, speak
from tests.rivals import rival
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def hours(listing):
    return a_week(listing.companion)


def back(booking: Booking) -> int:
    return sum(Refund.objects.filter(ref=booking.pk).values_list("amount", flat=True))


def touched(booking: Booking) -> None:
    Booking.objects.select_for_update(no_key=True).get(pk=booking.pk)


def wait_until(ms: int) -> None:
    while database_now_ms() <= ms:
        time.sleep(0.01)


def kept_waiting_past_the_limit(client_user, listing, **asked):
    """A cancellation that came before the limit and had to wait for the row until after it."""
    booking = moved_to(appointed(client_user, listing), DAY_MS + 1500)
    shown = quote(booking, by=client_user, now_ms=database_now_ms()).refund_fen
    assert shown == 1000
    with rival(partial(touched, booking)) as meanwhile:
        cancelling = meanwhile(partial(services.cancel, booking=booking, by=client_user, **asked))
        wait_until(booking.starts_ms - DAY_MS)
    return again(booking), cancelling


def test_a_cancellation_that_waited_past_the_limit_says_so_and_cancels_nothing(client_user, listing):
    booking, cancelling = kept_waiting_past_the_limit(client_user, listing, expected_fen=1000)
    with pytest.raises(RefundChanged) as refused:
        cancelling()
    assert (refused.value.refund_fen, again(booking).state) == (800, State.ACCEPTED)


def test_who_names_no_sum_gets_that_of_the_moment_it_is_done(client_user, listing):
    booking, cancelling = kept_waiting_past_the_limit(client_user, listing)
    cancelling()
    assert back(booking) == 800
    assert check_books(with_stripe=False) == []


def test_control_a_sum_computed_before_the_lock_gives_too_much_and_the_books_say_so(client_user, listing, monkeypatch):
    real_locked, real_quote = lifecycle.locked, lifecycle.closed_quote
    asked_ms: list[int] = []

    def locked(booking: Booking) -> Booking:
        asked_ms.append(database_now_ms())
        return real_locked(booking)

    monkeypatch.setattr(lifecycle, "locked", locked)
    monkeypatch.setattr(lifecycle, "closed_quote", lambda booking, at_ms: real_quote(booking, at_ms=asked_ms[-1]))
    booking, cancelling = kept_waiting_past_the_limit(client_user, listing, expected_fen=1000)
    cancelling()
    assert back(booking) == 1000
    assert any("the terms say 200" in line for line in check_books(with_stripe=False))


def test_many_at_the_limit_are_each_one_of_two_sums(client_user, listing):
    """Each names the whole sum; whoever is a millisecond late is told, and nobody gets anything in between."""
    for early_ms in (0, 5, 15, 40):
        booking = moved_to(appointed(client_user, listing), DAY_MS + early_ms)
        cancel = partial(services.cancel, booking=booking, by=client_user, expected_fen=1000)
        results = at_once(*[cancel] * 4)
        assert {type(error) for error in failures(results)} <= {RefundChanged}
        found = (again(booking).state, back(booking))
        assert found in [(State.CANCELLED, 1000), (State.ACCEPTED, 0)]
        services.cancel(booking=booking, by=client_user)
    assert check_books(with_stripe=False) == []


def test_cancel_accept_and_the_no_show_timer_at_once_are_one_ending(client_user, listing):
    for _ in range(3):
        booking = moved_to(pay(ordered(client_user, listing, starts_at=on_the_half_hour())), 60 * MINUTE)
        Booking.objects.filter(pk=booking.pk).update(due_ms=booking.starts_ms)
        results = at_once(
            partial(services.accept, booking=booking, by=booking.companion),
            partial(services.cancel, booking=booking, by=client_user),
            partial(services.run_due, now_ms=booking.starts_ms + 15 * MINUTE),
        )
        assert {type(error) for error in failures(results)} <= {NotPossibleNow}, results
        booking = again(booking)
        sums = {State.CANCELLED: {800, 1000}, State.NO_SHOW: {1000}, State.EXPIRED: {1000}}
        assert back(booking) in sums[State(booking.state)]
        assert back(booking) == 1000 - (booking.kept_fen or 0)
    assert check_books(with_stripe=False) == []


def test_cancel_and_the_no_show_timer_at_once_are_one_of_them(client_user, listing):
    for _ in range(3):
        booking = near(appointed(client_user, listing))
        speak(booking.pk, companion=True, now_ms=booking.starts_ms, client_here=False)
        results = at_once(
            partial(services.cancel, booking=booking, by=client_user),
            partial(services.run_due, now_ms=booking.starts_ms + 15 * MINUTE),
            partial(services.cancel, booking=booking, by=booking.companion),
        )
        assert {type(error) for error in failures(results)} <= {NotPossibleNow}, results
        kept = {State.NO_SHOW: 500, State.CANCELLED: 0}[State(again(booking).state)]
        assert (again(booking).kept_fen, back(booking)) == (kept, 1000 - kept)
    assert check_books(with_stripe=False) == []


def test_control_without_the_lock_only_the_books_own_rules_are_left(client_user, listing, monkeypatch):
    """Two who both read 'accepted' before either wrote: one breaks a rule of the database instead of being told."""
    from threading import Barrier

    booking = moved_to(appointed(client_user, listing), 60 * MINUTE)
    both_have_read = Barrier(2)

    def look_without_lock(row: Booking) -> Booking:
        seen = Booking.objects.select_related("terms").get(pk=row.pk)
        both_have_read.wait()
        return seen

    monkeypatch.setattr(lifecycle, "locked", look_without_lock)
    results = at_once(
        partial(services.cancel, booking=booking, by=client_user),
        partial(services.cancel, booking=booking, by=booking.companion),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bookings_step WHERE booking_id = %s AND state = 'cancelled'", [booking.pk])
        assert cursor.fetchone() == (1,)
    broken = [error for error in failures(results) if not isinstance(error, NotPossibleNow)]
    assert broken or check_books(with_stripe=False)
