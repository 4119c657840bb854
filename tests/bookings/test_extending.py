"""Time paid on top of what runs: exactly its price, never into anybody's next appointment, never after the end."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from bookings import services
from bookings.errors import NoRoomForMore, NotPossibleNow
from bookings.models import Booking, Extension, State, Terms
from bookings.services.extending import TEN_YUAN
from bookings.services.price import price_between
from listings import services as listings
from listings.models import TakenTime
from payments.gateway.values import RefundState
from payments.models import Payment, Refund, Transfer
from payments.services.books import check_books
from payments.services.refunds import apply_refund
from tests.cast import a_week
from tests.orders import MINUTE, appointed, live, on_the_half_hour, ordered, pay_on_top, settle, speak
from tests.rules import empty
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(client_user, listing) -> Booking:
    return live(client_user, listing)


def more(booking: Booking, minutes: int = 30, **changes) -> Extension:
    asked = {"booking": booking, "by": booking.client, "minutes": minutes, "request_key": uuid4(), **changes}
    return services.extend(**asked)


def test_what_is_offered_costs_what_it_adds(running):
    """¥20 an hour, thirty minutes granted: ten yuan are thirty minutes, and stand there once."""
    assert [(offer.minutes, offer.fen) for offer in services.offers(running)] == [(15, 500), (30, 1000), (60, 2000)]


@settings(deadline=None)
@given(price=st.integers(100, 30_000), granted=st.integers(1, 600))
def test_ten_yuan_buy_the_most_minutes_they_can(price, granted):
    terms = Terms(price_unit="hour", price_fen=price)
    booking = Booking(state=State.LIVE, granted_ms=granted * MINUTE)
    booking.terms = terms
    from bookings.services.extending import _for_ten_yuan

    minutes = _for_ten_yuan(booking)
    assert price_between(terms, granted, granted + minutes) <= TEN_YUAN
    assert price_between(terms, granted, granted + minutes + 1) > TEN_YUAN


def test_paid_in_time_it_moves_the_deadline_and_is_served(running):
    deadline = running.deadline_ms
    assert pay_on_top(more(running)).state == Extension.State.GRANTED
    running.refresh_from_db()
    assert (running.deadline_ms - deadline, running.granted_ms) == (30 * MINUTE, 60 * MINUTE)
    settle(running, now_ms=running.deadline_ms)
    assert (running.billed_min, running.state) == (60, State.SETTLED)
    assert services.bill_of(running, now_ms=0).cost == 2000
    assert check_books(with_stripe=False) == []


def test_what_is_not_used_goes_back_over_the_newest_payment_first(running):
    pay_on_top(more(running))
    services.end(booking=running, by=running.client)
    settle(running)
    assert sent_back(running) == [(2, 1000), (1, 1000)]
    assert check_books(with_stripe=False) == []


def test_what_came_too_late_goes_back_to_where_it_came_from(running):
    """Two extensions are paid, the one that was given up last: it is not the other one's card that gets its money."""
    late = more(running, 15)
    pay_on_top(more(running, 60))
    assert pay_on_top(late).state == Extension.State.MISSED
    assert sent_back(running) == [(2, 500)]
    fail_refunds(running)
    services.end(booking=running, by=running.client)
    settle(running)
    assert sent_back(running) == [(2, 500), (2, 500), (3, 2000), (1, 1000)]
    assert check_books(with_stripe=False) == []


def sent_back(booking: Booking) -> list[tuple[int, int]]:
    """By which payment, and how many fen, in the order it was asked for."""
    return list(Refund.objects.filter(ref=booking.pk).order_by("seq").values_list("payment__seq", "amount"))


def fail_refunds(booking: Booking) -> None:
    for refund in Refund.objects.filter(ref=booking.pk):
        apply_refund(refund_id=refund.pk, state=RefundState(None, "failed", refund.amount, "lost_card"))


def test_while_the_clock_stands_too(running):
    services.pause(booking=running, by=running.client)
    pay_on_top(more(running))
    services.resume(booking=running, by=running.client)
    running.refresh_from_db()
    assert running.granted_ms == 60 * MINUTE
    assert running.deadline_ms - running.live_since_ms + running.closed_ms == 60 * MINUTE


def test_paid_too_late_it_goes_back_and_nothing_starts_again(running):
    extension = more(running)
    services.sweep(now_ms=running.deadline_ms)
    assert pay_on_top(extension).state == Extension.State.MISSED
    running.refresh_from_db()
    assert (running.state, running.granted_ms) == (State.EXHAUSTED, 30 * MINUTE)
    assert Refund.objects.get(ref=running.pk).amount == 1000
    settle(running)
    assert check_books(with_stripe=False) == []


def test_paid_after_settling_it_goes_back_as_well(running):
    extension = more(running)
    services.end(booking=running, by=running.client)
    settle(running)
    extension.refresh_from_db()
    assert extension.state == Extension.State.DROPPED
    pay_on_top(extension)
    assert sum(Refund.objects.filter(ref=running.pk).values_list("amount", flat=True)) == 2000
    assert check_books(with_stripe=False) == []


def test_another_length_takes_the_place_of_one_not_paid(running):
    first = more(running, 15)
    second = more(running, 60)
    first.refresh_from_db()
    assert (first.state, second.state) == (Extension.State.DROPPED, Extension.State.OPEN)
    # The page of the first was still open somewhere, and he paid there.
    pay_on_top(first)
    pay_on_top(second)
    running.refresh_from_db()
    assert running.granted_ms == 90 * MINUTE
    assert Refund.objects.get(ref=running.pk).amount == 500
    assert check_books(with_stripe=False) == []


def test_the_same_tap_twice_is_one(running):
    key = uuid4()
    assert more(running, request_key=key) == more(running, request_key=key)
    paid = pay_on_top(more(running, request_key=key))
    assert more(running, request_key=key) == paid
    assert Payment.objects.filter(ref=running.pk).count() == 2


def test_a_form_that_was_kept_is_another_length(running):
    key = uuid4()
    assert [more(running, minutes, request_key=key).minutes for minutes in (15, 60, 15)] == [15, 60, 15]


def test_the_word_of_stripe_twice_grants_once(running):
    extension = more(running)
    pay_on_top(extension)
    services.paid_on_top(ref=running.pk, seq=extension.payment_seq)
    running.refresh_from_db()
    assert running.granted_ms == 60 * MINUTE


def test_it_never_reaches_into_her_next_appointment(running):
    mine = TakenTime.objects.get(ref=running.pk)
    soon = mine.free_again_at + timedelta(minutes=20)
    listings.take_time(
        companion=running.listing.companion, ref=uuid4(), starts_at=soon, ends_at=soon + timedelta(hours=1)
    )
    assert [offer.minutes for offer in services.offers(running)] == [15]
    with pytest.raises(NoRoomForMore):
        more(running, 30)


def test_her_time_was_promised_while_he_paid(running):
    extension = more(running)
    soon = TakenTime.objects.get(ref=running.pk).free_again_at + timedelta(minutes=20)
    listings.take_time(
        companion=running.listing.companion, ref=uuid4(), starts_at=soon, ends_at=soon + timedelta(hours=1)
    )
    assert pay_on_top(extension).state == Extension.State.MISSED
    assert Refund.objects.get(ref=running.pk).amount == 1000


def test_it_never_reaches_into_his_next_appointment(running, other_listing):
    a_week(other_listing.companion)
    ordered(running.client, other_listing, starts_at=on_the_half_hour(2))
    appointed(running.client, other_listing, starts_at=on_the_half_hour(1))
    assert 60 not in [offer.minutes for offer in services.offers(running)]


def test_nobody_else_pays_and_nothing_is_added_to_what_is_over(running, stranger):
    for somebody in (stranger, running.companion):
        with pytest.raises(NotPossibleNow):
            more(running, by=somebody)
    services.end(booking=running, by=running.client)
    with pytest.raises(NotPossibleNow):
        more(running)


def test_time_that_nobody_paid_for_is_refused_by_the_database(running):
    from django.db import DatabaseError, transaction

    with pytest.raises(DatabaseError, match="minutes paid"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE bookings_booking SET granted_ms = granted_ms + 60000")


def test_a_question_that_waits_still_waits_its_time(running):
    speak(running.pk, companion=False)
    pay_on_top(more(running))
    running.refresh_from_db()
    assert running.due_ms == running.turn.awaiting_since_ms + running.terms.promise_ms


def test_both_are_told_how_much_more(running):
    pay_on_top(more(running, 15))
    assert list(running.steps.filter(state="extended").values_list("minutes", "told")) == [(15, True)]


@pytest.mark.django_db(transaction=True)
class TestTapsAtOnce:
    def test_two_taps_at_once_are_one_payment(self, client_user, listing):
        booking, key = live(client_user, listing), uuid4()
        results = at_once(*[partial(more, booking, request_key=key)] * 6)
        assert failures(results) == []
        assert Payment.objects.filter(ref=booking.pk).count() == 2

    def test_control_without_the_lock_two_taps_break_a_rule(self, client_user, listing, monkeypatch):
        from bookings.services import extending

        booking, key = live(client_user, listing), uuid4()
        look = Booking.objects.select_related("terms")
        monkeypatch.setattr(extending, "locked", lambda row: look.get(pk=row.pk))
        results = at_once(*[partial(more, booking, request_key=key)] * 6)
        assert failures(results)

    @pytest.fixture(autouse=True)
    def leave_nothing(self):
        yield
        empty("bookings_booking", "listings_takentime", "payments_transfer")


def test_charges_of_the_ledger_are_one_chain_over_both_payments(running):
    pay_on_top(more(running))
    running.refresh_from_db()
    for minute in range(1, 62, 7):
        services.sweep(now_ms=running.live_since_ms + minute * MINUTE)
    settle(running, now_ms=running.deadline_ms)
    chain = Transfer.objects.filter(ref=running.pk, kind="minute").order_by("seq").values_list("seq", "upto")
    assert [first for first, _ in chain] == [0, *(upto for _, upto in chain)][:-1]
