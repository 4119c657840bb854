"""A visit's price over many values, the same in Python and in SQL, and its meter under any ticks."""

from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings import services
from bookings.models import Booking, Extension, State, Terms
from bookings.services.price import cost_of, counted_min
from payments import services as payments
from payments.gateway.values import Capture, Checkout
from payments.models import Payment, Transfer
from payments.services.books import check_books
from tests.orders import MINUTE, settle
from tests.visits import a_place, together

pytestmark = pytest.mark.django_db
HALF = 30
many = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
some = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

prices = st.integers(1, 2000_00)
minutes = st.integers(0, 40 * 60)
visits = st.builds(
    Terms,
    price_unit=st.just("visit"),
    price_fen=prices,
    included_min=st.integers(1, 12).map(lambda hours: hours * 60),
    overtime_fen=st.integers(0, 300_00),
)
hours = st.builds(Terms, price_unit=st.just("hour"), price_fen=prices, included_min=st.just(0), overtime_fen=st.just(0))
terms = st.one_of(visits, hours)


def asked(sql: str, *values) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql}", values)
        return cursor.fetchone()[0]


def sql_cost(terms: Terms, minutes: int) -> int:
    agreed = (terms.price_unit, terms.price_fen, terms.included_min, terms.overtime_fen)
    return asked("bookings_cost(%s, %s, %s, %s, %s)", *agreed, minutes)


@many
@given(terms=terms, minutes=minutes)
def test_both_compute_the_same_price(db, terms, minutes):
    assert cost_of(terms, minutes) == sql_cost(terms, minutes)


@many
@given(terms=terms, granted_min=st.integers(1, 40 * 60), served=st.integers(0, 40 * 60 * MINUTE))
def test_both_count_the_same_minutes(db, terms, granted_min, served):
    granted_ms = granted_min * MINUTE
    served_ms = min(served, granted_ms)
    counted = counted_min(terms, served_ms=served_ms, granted_ms=granted_ms)
    assert counted == asked("bookings_counted_min(%s, %s, %s)", terms.price_unit, served_ms, granted_ms)
    assert 0 <= counted <= granted_min


@many
@given(terms=visits, more=st.lists(minutes, min_size=2, max_size=2).map(sorted))
def test_a_visit_never_gets_cheaper_and_begins_with_its_whole_price(terms, more):
    fewer, longer = more
    assert cost_of(terms, fewer) <= cost_of(terms, longer)
    assert cost_of(terms, 1) == cost_of(terms, terms.included_min) == terms.price_fen


@many
@given(terms=visits, halves=st.integers(0, 20), begun=st.integers(1, HALF))
def test_overtime_is_charged_by_the_half_hour_begun(terms, halves, begun):
    over = terms.included_min + halves * HALF + begun
    assert cost_of(terms, over) == terms.price_fen + (halves + 1) * terms.overtime_fen


@pytest.fixture
def visit(client_user) -> Booking:
    """Runs; 300 yuan for four hours, 40 for each half hour more."""
    return together(client_user, a_place("shen"))


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def pay_on_top(booking: Booking) -> Payment:
    amount = booking.terms.overtime_fen
    payment = payments.open_payment(payer=booking.client, ref=booking.pk, amount=amount, description="overtime")
    capture = Capture(f"pi_{payment.pk}", f"ch_{payment.pk}", amount, 34, "visa •••• 4242")
    payments.apply_checkout(payment_id=payment.pk, checkout=Checkout(f"cs_{payment.pk}", "", "complete", capture))
    return payment


def began_as_if(booking: Booking, ago_ms: int) -> None:
    """The clock has run for so long."""
    booking.live_since_ms -= ago_ms
    booking.due_ms = booking.live_since_ms
    booking.save(update_fields=["live_since_ms", "due_ms"])


def grant(booking: Booking, halves: int) -> Booking:
    """Half hours that were paid on top, as they stand once they are granted."""
    for _ in range(halves):
        payment = pay_on_top(booking)
        payments.hold(ref=booking.pk, payer_id=booking.client_id, amount=payment.amount, seq=payment.seq)
        Extension.objects.create(
            booking=booking,
            request_key=uuid4(),
            asked_by=booking.client,
            minutes=HALF,
            amount_fen=payment.amount,
            payment_seq=payment.seq,
            state="granted",
            decided_ms=booking.live_since_ms,
        )
    booking.granted_ms += halves * HALF * MINUTE
    booking.save(update_fields=["granted_ms"])
    booking.refresh_from_db()
    return booking


ticks = st.lists(st.integers(0, 7 * 60 * MINUTE), max_size=8)


@some
@given(ticks=ticks, halves=st.integers(0, 3))
def test_any_ticks_charge_the_whole_of_what_was_granted(visit, ticks, halves):
    with undone():
        booking = grant(Booking.objects.select_related("terms", "client").get(pk=visit.pk), halves)
        for tick in ticks:
            services.sweep(now_ms=booking.live_since_ms + tick)
        booking = settle(booking)
        assert (booking.state, booking.closed_ms) == (State.SETTLED, booking.granted_ms)
        assert charged(booking) == 30000 + halves * 4000
        assert check_books(with_stripe=False) == []


@some
@given(ticks=ticks, halves=st.integers(0, 3), served=st.integers(1, 6 * 60 * MINUTE))
def test_whenever_it_ends_only_the_half_hours_begun_are_charged(visit, ticks, halves, served):
    with undone():
        booking = grant(Booking.objects.select_related("terms", "client").get(pk=visit.pk), halves)
        served = min(served, booking.granted_ms - 1)
        began_as_if(booking, served)
        for tick in ticks:
            services.sweep(now_ms=booking.live_since_ms + min(tick, served))
        booking = settle(services.end(booking=booking, by=booking.client))
        # A slow machine may have let it run out meanwhile.
        over = max(0, min(booking.closed_ms, booking.granted_ms - 1) // MINUTE + 1 - 240)
        assert booking.closed_ms >= served
        assert charged(booking) == 30000 + -(-over // HALF) * 4000
        assert check_books(with_stripe=False) == []


def charged(booking: Booking) -> int:
    """Fen of all charges, which are one chain from minute 0."""
    rows = list(Transfer.objects.filter(ref=booking.pk, kind="minute").order_by("seq").values("seq", "upto", "amount"))
    assert [row["seq"] for row in rows] == [0, *(row["upto"] for row in rows)][:-1]
    return sum(row["amount"] for row in rows)
