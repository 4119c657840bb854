from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from bookings import services
from bookings.errors import AlreadyTogether, ClientBusy, CompanionBusy, MinutesOutOfRange, NotPossibleNow, WithSomebody
from bookings.models import TRANSITIONS, Booking, State
from bookings.services import lifecycle
from bookings.signals import booking_stepped
from listings.errors import CompanionAway, OwnListing
from payments.models import Refund
from payments.services.books import check_books
from tests.orders import MINUTE, accepted, live, ordered, pay, requested, settle, speak

pytestmark = pytest.mark.django_db


def refunds(booking: Booking) -> list[int]:
    return list(Refund.objects.filter(ref=booking.pk).values_list("amount", flat=True))


def test_the_sum_is_computed_from_the_listing(client_user, listing):
    booking = ordered(client_user, listing, minutes=60)
    assert services.payment_of(booking).amount == listing.price_fen == booking.terms.price_fen


def test_minutes_nobody_offered_are_refused(client_user, listing):
    with pytest.raises(MinutesOutOfRange):
        ordered(client_user, listing, minutes=31)


def test_nobody_books_himself(listing):
    with pytest.raises(OwnListing):
        ordered(listing.companion.user, listing)


def test_somebody_who_is_away_cannot_be_booked_for_now(client_user, listing):
    listing.companion.accepting = False
    listing.companion.save()
    with pytest.raises(CompanionAway):
        ordered(client_user, listing)


def test_a_second_click_is_the_same_order(client_user, listing):
    key = uuid4()
    first, second = (services.order(by=client_user, listing=listing, minutes=30, request_key=key) for _ in range(2))
    assert first == second


def test_the_same_form_with_another_length_is_another_order(client_user, listing):
    key = uuid4()
    first, second = (services.order(by=client_user, listing=listing, minutes=m, request_key=key) for m in (30, 60))
    assert (first.granted_ms, second.granted_ms) == (30 * MINUTE, 60 * MINUTE)


def test_payment_asks_the_companion_and_starts_her_three_minutes(client_user, listing):
    booking = requested(client_user, listing)
    assert booking.state == State.REQUESTED
    assert booking.due_ms - booking.steps.last().at_ms == pytest.approx(3 * MINUTE, abs=1000)


def test_nobody_accepts_and_all_the_money_goes_back(client_user, listing):
    booking = requested(client_user, listing)
    services.run_due(now_ms=booking.due_ms)
    booking.refresh_from_db()
    assert (booking.state, refunds(booking)) == (State.EXPIRED, [1000])


def test_declining_gives_everything_back(client_user, listing):
    booking = requested(client_user, listing)
    services.decline(booking=booking, by=booking.companion)
    assert refunds(booking) == [1000]


def test_an_accepted_companion_who_never_speaks_is_a_no_show(client_user, listing):
    booking = accepted(client_user, listing)
    services.run_due(now_ms=booking.due_ms)
    booking.refresh_from_db()
    assert (booking.state, refunds(booking)) == (State.NO_SHOW, [1000])
    assert check_books(with_stripe=False) == []


def test_accepting_after_the_three_minutes_is_too_late_even_before_any_sweep(client_user, listing):
    booking = requested(client_user, listing)
    run_late(booking)
    with pytest.raises(NotPossibleNow):
        services.accept(booking=booking, by=booking.companion)


def test_a_first_message_after_its_three_minutes_starts_no_clock(client_user, listing):
    booking = accepted(client_user, listing)
    may, *_ = speak(booking.pk, companion=True, now_ms=booking.due_ms)
    booking.refresh_from_db()
    assert (may, booking.state) == (False, State.ACCEPTED)


def test_a_payment_after_its_half_hour_goes_back_even_before_any_sweep(client_user, listing):
    booking = ordered(client_user, listing)
    run_late(booking)
    pay(booking)
    assert (booking.state, refunds(booking)) == (State.EXPIRED, [1000])


@pytest.mark.parametrize("leave", ["cancel", "wait"])
def test_what_is_closed_or_too_late_is_not_offered_for_payment(client_user, listing, leave):
    booking = ordered(client_user, listing)
    if leave == "cancel":
        booking = services.cancel(booking=booking, by=client_user)
    else:
        run_late(booking)
        booking.refresh_from_db()
    with pytest.raises(NotPossibleNow):
        services.payment_due(booking=booking, by=client_user)


def test_a_receiver_that_fails_undoes_nothing_and_is_told_again(client_user, other_client, listing, other_listing):
    """The chat cannot hear of one booking; money and everybody else go on."""

    def fail(booking, **_) -> None:
        if booking.client_id == client_user.pk:
            raise RuntimeError

    booking_stepped.connect(fail)
    try:
        stuck, fine = accepted(client_user, listing), accepted(other_client, other_listing)
        services.sweep()
    finally:
        booking_stepped.disconnect(fail)
    assert (stuck.state, fine.state) == (State.ACCEPTED, State.ACCEPTED)
    assert stuck.steps.filter(told=False).exists()
    assert not fine.steps.filter(told=False).exists()
    services.sweep()
    assert not stuck.steps.filter(told=False).exists()


def test_only_the_companion_of_the_order_accepts_it(client_user, listing, stranger):
    booking = requested(client_user, listing)
    for person in (client_user, stranger):
        with pytest.raises(NotPossibleNow):
            services.accept(booking=booking, by=person)


def test_cancelling_twice_is_once(client_user, listing):
    booking = accepted(client_user, listing)
    for _ in range(2):
        services.cancel(booking=booking, by=client_user)
    assert refunds(booking) == [1000]


def test_a_running_session_cannot_be_cancelled(client_user, listing):
    booking = live(client_user, listing)
    with pytest.raises(NotPossibleNow):
        services.cancel(booking=booking, by=client_user)


def test_ending_early_gives_every_minute_not_billed_back(client_user, listing):
    booking = live(client_user, listing)
    age(booking, 11 * MINUTE + 30_000)
    services.end(booking=booking, by=client_user)
    settle(booking)
    assert booking.billed_min == 11
    assert refunds(booking) == [1000 - 2000 * 11 // 60]
    assert check_books(with_stripe=False) == []


def test_ending_twice_is_once(client_user, listing):
    booking = live(client_user, listing)
    first = services.end(booking=booking, by=client_user).ended_ms
    assert services.end(booking=booking, by=booking.companion).ended_ms == first


def test_ending_after_the_deadline_is_exhausted_at_the_deadline(client_user, listing):
    booking = live(client_user, listing)
    age(booking, 31 * MINUTE)
    booking = services.end(booking=booking, by=client_user)
    assert booking.state == State.EXHAUSTED
    assert booking.closed_ms == booking.granted_ms


def test_settled_money_is_shared_without_remainder(client_user, listing):
    booking = live(client_user, listing)
    age(booking, 20 * MINUTE + 1)
    services.end(booking=booking, by=booking.companion)
    settle(booking)
    assert (booking.hold_account.balance, booking.earned_account.balance) == (0, 0)
    companion, fee, back = 666 - 99, 99, 334
    moved = dict(booking_transfers(booking))
    assert (moved["settle_companion"], moved["settle_fee"], moved["refund"]) == (companion, fee, back)


def test_money_that_comes_after_the_order_closed_goes_back_at_once(client_user, listing):
    booking = ordered(client_user, listing)
    services.cancel(booking=booking, by=client_user)
    pay(booking)
    booking.refresh_from_db()
    assert (booking.state, refunds(booking)) == (State.CANCELLED, [1000])


def test_a_companion_serves_one_at_a_time(client_user, other_client, listing):
    first, second = requested(client_user, listing), requested(other_client, listing)
    services.accept(booking=first, by=first.companion)
    with pytest.raises(CompanionBusy):
        services.accept(booking=second, by=second.companion)


def test_a_client_is_with_one_companion_at_a_time(client_user, listing, other_listing):
    first, second = ordered(client_user, listing), ordered(client_user, other_listing)
    pay(first), pay(second)
    services.accept(booking=first, by=first.companion)
    with pytest.raises(ClientBusy):
        services.accept(booking=second, by=second.companion)


def test_who_is_in_an_order_cannot_start_another(client_user, listing, other_listing):
    live(client_user, listing)
    with pytest.raises(AlreadyTogether):
        ordered(client_user, other_listing)


def test_a_companion_sees_an_order_once_it_is_paid(client_user, companion, listing):
    booking = ordered(client_user, listing)
    assert not Booking.objects.visible_to(companion).exists()
    pay(booking)
    assert Booking.objects.visible_to(companion).get() == booking


def test_who_is_with_somebody_cannot_be_booked(client_user, other_client, listing):
    live(client_user, listing)
    with pytest.raises(WithSomebody):
        ordered(other_client, listing)


def test_the_table_of_transitions_is_the_databases_table():
    with connection.cursor() as cursor:
        cursor.execute("SELECT from_state, to_state FROM bookings_transition")
        assert set(cursor.fetchall()) == {(str(a), str(b)) for a, after in TRANSITIONS.items() for b in after}


def test_a_transition_that_is_not_in_the_table_is_refused_by_the_database(client_user, listing):
    booking = ordered(client_user, listing)
    with pytest.raises(IntegrityError, match="may not become"), transaction.atomic():
        Booking.objects.filter(pk=booking.pk).update(state=State.LIVE)


def run_late(booking: Booking) -> None:
    """Its time is up by the clock, and no sweep has come by."""
    Booking.objects.filter(pk=booking.pk).update(due_ms=1)


def age(booking: Booking, ms: int) -> None:
    """Moves the running stretch into the past."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE bookings_booking SET live_since_ms = live_since_ms - %s, due_ms = due_ms - %s WHERE id = %s",
            [ms, ms, booking.pk],
        )


def booking_transfers(booking: Booking) -> list[tuple[str, int]]:
    from payments.models import Transfer

    return list(Transfer.objects.filter(ref=booking.pk).exclude(kind="minute").values_list("kind", "amount"))


def test_a_rule_that_says_nothing_to_people_is_told_as_it_is(client_user, other_client, listing, monkeypatch):
    orders = [requested(person, listing) for person in (client_user, other_client)]
    services.accept(booking=orders[0], by=orders[0].companion)
    monkeypatch.setattr(lifecycle, "REFUSALS", {})
    with pytest.raises(IntegrityError, match="booking_one_running_per_companion"):
        services.accept(booking=orders[1], by=orders[1].companion)
