"""Real rivals against PostgreSQL, with negative controls: without the lock or the constraint it goes wrong."""

import threading
from functools import partial
from uuid import uuid4

import pytest

from bookings import services
from bookings.errors import CompanionBusy
from bookings.models import Booking, State
from bookings.services import lifecycle
from common.errors import UserError
from payments.models import Refund, Transfer
from payments.services.books import check_books
from tests.orders import MINUTE, live, requested, rewrite, settle
from tests.rules import empty, index_dropped, rule_dropped, time_promised_twice
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db(transaction=True)


def click(client, listing, key):
    return partial(services.order, by=client, listing=listing, minutes=30, request_key=key)


def test_a_double_click_is_one_order(client_user, listing):
    key = uuid4()
    results = at_once(*[click(client_user, listing, key)] * 6)
    assert failures(results) == []
    assert len({booking.pk for booking in results}) == Booking.objects.count() == 1


def test_a_double_click_on_a_kept_form_with_another_length_is_one_more_order(client_user, listing):
    key = uuid4()
    services.order(by=client_user, listing=listing, minutes=30, request_key=key)
    longer = partial(services.order, by=client_user, listing=listing, minutes=60, request_key=key)
    assert failures(at_once(*[longer] * 6)) == []
    assert Booking.objects.count() == 2


def test_control_without_the_unique_key_a_double_click_is_several(client_user, listing):
    key = uuid4()
    with rule_dropped("bookings_booking", "booking_request_once"):
        at_once(*[click(client_user, listing, key)] * 6)
        assert Booking.objects.count() > 1
        empty("bookings_booking")


def test_accept_and_cancel_at_once_is_one_of_them_and_no_fen_is_lost(client_user, listing):
    for _ in range(5):
        booking = requested(client_user, listing)
        results = at_once(
            partial(services.accept, booking=booking, by=booking.companion),
            partial(services.cancel, booking=booking, by=client_user),
        )
        booking.refresh_from_db()
        # An accepted order may be cancelled until the clock starts: cancelling always wins in the end.
        assert booking.state == State.CANCELLED, results
        assert [refund.amount for refund in Refund.objects.filter(ref=booking.pk)] == [1000]
    assert check_books(with_stripe=False) == []


def test_accept_and_expiry_at_once_is_one_of_them(client_user, listing):
    for _ in range(5):
        booking = requested(client_user, listing)
        at_once(
            partial(services.accept, booking=booking, by=booking.companion),
            partial(services.run_due, now_ms=booking.due_ms),
        )
        booking.refresh_from_db()
        held = Transfer.objects.filter(ref=booking.pk, kind="hold").exists()
        back = Refund.objects.filter(ref=booking.pk).exists()
        assert (booking.state, held, back) in [(State.ACCEPTED, True, False), (State.EXPIRED, False, True)]
        if booking.state == State.ACCEPTED:
            services.cancel(booking=booking, by=client_user)
    assert check_books(with_stripe=False) == []


def test_control_without_the_lock_only_the_constraints_of_the_books_are_left(client_user, listing, monkeypatch):
    """Two who both read 'requested' before either wrote: one breaks a constraint instead of being told."""
    booking = requested(client_user, listing)
    both_have_read = threading.Barrier(2)

    def look_without_lock(row: Booking) -> Booking:
        seen = Booking.objects.select_related("terms").get(pk=row.pk)
        both_have_read.wait()
        return seen

    monkeypatch.setattr(lifecycle, "locked", look_without_lock)
    results = at_once(
        partial(services.accept, booking=booking, by=booking.companion),
        partial(services.decline, booking=booking, by=booking.companion),
    )
    assert [error for error in failures(results) if not isinstance(error, UserError)]


def test_two_orders_accepted_at_once_are_one_running(client_user, other_client, listing):
    orders = [requested(person, listing) for person in (client_user, other_client)]
    results = at_once(*(partial(services.accept, booking=booking, by=booking.companion) for booking in orders))
    assert [type(error) for error in failures(results)] == [CompanionBusy]
    assert Booking.objects.filter(state=State.ACCEPTED).count() == 1


def test_control_without_the_rule_she_is_with_two_at_once(monkeypatch, client_user, other_client, listing):
    orders = [requested(person, listing) for person in (client_user, other_client)]
    # Her time is promised twice too, so that rule has to go as well, and the look that comes before it.
    monkeypatch.setattr(lifecycle, "is_too_long_by_now", lambda booking: False)
    with index_dropped("booking_one_running_per_companion"), time_promised_twice():
        at_once(*(partial(services.accept, booking=booking, by=booking.companion) for booking in orders))
        assert Booking.objects.filter(state=State.ACCEPTED).count() == 2
        empty("bookings_booking", "listings_takentime")


def test_eight_sweeps_at_once_post_each_minute_once(client_user, listing):
    booking = live(client_user, listing)
    late = booking.live_since_ms + 12 * MINUTE
    results = at_once(*[partial(services.sweep, now_ms=late)] * 8)
    assert failures(results) == []
    assert sum(results) == 1
    assert (
        sum(Transfer.objects.filter(ref=booking.pk, kind="minute").values_list("amount", flat=True)) == 2000 * 11 // 60
    )


def test_end_and_sweep_at_the_deadline_bill_the_same(client_user, listing):
    booking = live(client_user, listing)
    rewrite("live_since_ms = now_ms - granted_ms, due_ms = now_ms")
    results = at_once(
        partial(services.end, booking=booking, by=client_user), services.sweep, services.sweep, services.run_due
    )
    assert failures(results) == []
    settle(booking)
    assert (booking.state, booking.billed_min) == (State.SETTLED, 30)
    assert booking.steps.filter(state__in=[State.ENDED, State.EXHAUSTED]).count() == 1
    assert check_books(with_stripe=False) == []


def test_each_step_is_told_once_however_many_tell(client_user, listing):
    from bookings.signals import booking_stepped

    told: list[int] = []

    def hear(step, **_) -> None:
        told.append(step.pk)

    booking = live(client_user, listing)
    booking.steps.update(told=False)
    booking_stepped.connect(hear)
    try:
        assert failures(at_once(*[services.announce_waiting] * 6)) == []
        # Two that met left it to the next sweep.
        services.announce_waiting()
    finally:
        booking_stepped.disconnect(hear)
    assert sorted(told) == list(booking.steps.order_by("pk").values_list("pk", flat=True))
