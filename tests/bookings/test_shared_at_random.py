"""An order that several pay, under any sequence of what people and money do; a plain model says whose fen is where."""

from contextlib import contextmanager, suppress
from fractions import Fraction

import pytest
from django.db import transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from accounts.models import User
from bookings import services
from bookings.errors import NotPossibleNow
from bookings.models import Booking, Share, State
from bookings.services.price import cost_of
from listings.models import Listing
from payments.models import Payment, Refund
from payments.services.books import check_books
from tests.bookings.absence import age
from tests.cast import a_user
from tests.orders import MINUTE, pay, settle
from tests.visits import a_place, ask_for, code, due_in, enter

pytestmark = pytest.mark.django_db
some = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
PEOPLE = 4

doings = st.lists(
    st.tuples(st.sampled_from(["join", "drop", "pay", "pay", "pay", "rest"]), st.integers(0, PEOPLE - 1)),
    min_size=4,
    max_size=16,
)
ends = st.sampled_from(["decline", "expire", "cancel", "serve", "serve", "serve"])


@pytest.fixture
def people(client_user) -> list[User]:
    return [client_user, *(a_user(f"guest-{number}") for number in range(1, PEOPLE))]


@pytest.fixture
def dining(db) -> Listing:
    return a_place("ruby", kind="dining")


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@some
@given(
    shared_by=st.integers(2, PEOPLE),
    price=st.integers(1000, 30000),
    doings=doings,
    completed=st.booleans(),
    end=ends,
    served=st.integers(0, 60 * MINUTE),
)
def test_no_fen_is_lost_and_each_gets_his_part(people, dining, shared_by, price, doings, completed, end, served):
    with undone():
        Listing.objects.filter(pk=dining.pk).update(price_fen=price)
        booking = ask_for(people[0], dining, shared_by=shared_by)
        for what, who in doings:
            do(booking, what, people[who])
            never_more_than_it_costs(booking)
        if completed and fresh(booking).state == State.AWAITING_PAYMENT:
            pay(booking, seq=services.pay_rest(booking=booking, by=people[0]).payment_seq)
        kept = finish(fresh(booking), end, served)
        event(f"{end}: {fresh(booking).state}, {len(paid(booking))} paid")
        assert check_books(with_stripe=False) == []
        each_gets_his_part(booking, kept)


def fresh(booking: Booking) -> Booking:
    return Booking.objects.select_related("terms", "client", "companion").get(pk=booking.pk)


def do(booking: Booking, what: str, who: User) -> None:
    if what == "pay":
        # Whatever he could pay at any time, wanted or not.
        for payment in Payment.objects.of(booking.pk).filter(payer=who).exclude(status="succeeded")[:1]:
            pay(booking, seq=payment.seq)
        return
    step = {"join": services.take_share, "drop": services.drop_share, "rest": services.pay_rest}[what]
    with suppress(NotPossibleNow):
        step(booking=booking, by=who)


def never_more_than_it_costs(booking: Booking) -> None:
    booking = fresh(booking)
    shares = booking.shares.wanted()
    assert sum(share.amount_fen for share in shares) <= booking.terms.prepaid_fen
    complete = sum(share.amount_fen for share in shares if share.state == Share.State.PAID)
    assert (booking.state == State.REQUESTED) == (complete == booking.terms.prepaid_fen)


def finish(booking: Booking, end: str, served: int) -> int:
    """Lets it end; returns the fen that are not given back."""
    if booking.state == State.AWAITING_PAYMENT or end == "expire":
        services.run_due(now_ms=(booking.due_ms or 0) + 1)
        return 0
    if end == "decline":
        services.decline(booking=booking, by=booking.companion)
        return 0
    services.accept(booking=booking, by=booking.companion)
    if end == "cancel":
        services.cancel(booking=booking, by=booking.client)
        return 0
    enter(booking, code(due_in(booking, 5)))
    age(booking, served)
    with suppress(NotPossibleNow):
        services.end(booking=fresh(booking), by=booking.client)
    booking = settle(booking)
    return cost_of(booking.terms, booking.billed_min)


def paid(booking: Booking) -> dict[int, int]:
    """Fen that each paid for the price, by user."""
    sums: dict[int, int] = {}
    for share in booking.shares.filter(state=Share.State.PAID):
        sums[share.payer_id] = sums.get(share.payer_id, 0) + share.amount_fen
    return sums


def each_gets_his_part(booking: Booking, kept: int) -> None:
    """All that came for nothing comes back; of the price each bears the part of what was kept that he paid of it."""
    came: dict[int, int] = {}
    for payment in Payment.objects.of(booking.pk).filter(status="succeeded"):
        came[payment.payer_id] = came.get(payment.payer_id, 0) + payment.amount
    back: dict[int, int] = {}
    for refund in Refund.objects.filter(ref=booking.pk).select_related("payment"):
        back[refund.payment.payer_id] = back.get(refund.payment.payer_id, 0) + refund.amount
    price = fresh(booking).terms.prepaid_fen
    assert sum(came.values()) - sum(back.values()) == kept
    for user_id, fen in came.items():
        fair = Fraction(kept * paid(booking).get(user_id, 0), price)
        assert abs(fen - back.get(user_id, 0) - fair) < 2, (came, back, kept)
