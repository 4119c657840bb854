"""An order is left while money comes for a longer talk into its very time: each waits for the other, and both are done.

Money that came holds the payer's account and may wait for the companion's time; who leaves an order gives that time
back and sends the payer's money home.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from unittest import mock
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.utils import timezone

from bookings import services
from bookings.models import Booking, Extension, State
from bookings.services import lifecycle
from listings.models import TakenTime
from payments import services as payments
from payments.services.books import check_books
from tests.cast import a_week
from tests.orders import live, on_the_half_hour, ordered, pay, pay_on_top, starts_move_freely
from tests.rivals import rival

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def longer(client_user, listing) -> Extension:
    """Half an hour more, not paid yet, of half an hour that has just begun."""
    running = live(client_user, listing)
    return services.extend(booking=running, by=client_user, minutes=30, request_key=uuid4())


def requested(longer: Extension) -> Booking:
    """The same two again in 45 minutes: what is longer would reach into it."""
    a_week(longer.booking.listing.companion)
    return soon(pay(ordered(longer.booking.client, longer.booking.listing, starts_at=on_the_half_hour())))


def accepted(longer: Extension) -> Booking:
    booking = requested(longer)
    return services.accept(booking=booking, by=booking.companion)


def soon(booking: Booking) -> Booking:
    starts_at = timezone.now() + timedelta(minutes=45)
    ends_at = starts_at + timedelta(minutes=30)
    TakenTime.objects.filter(ref=booking.pk).update(starts_at=starts_at, ends_at=ends_at, free_again_at=ends_at)
    with starts_move_freely():
        Booking.objects.filter(pk=booking.pk).update(starts_ms=int(starts_at.timestamp() * 1000))
    booking.refresh_from_db()
    return booking


def leave(booking: Booking, longer: Extension, when: str) -> Extension:
    """Left by its client; right after the step `when` of that the money for the longer talk comes."""
    started: list[Callable] = []

    def then_it_is_paid(step: Callable, **asked):
        done = step(**asked)
        if not started:
            started.append(meanwhile(partial(pay_on_top, longer)))
        return done

    where = payments if hasattr(payments, when) else lifecycle.listings
    paying = partial(then_it_is_paid, getattr(where, when))
    with rival(lambda: None) as meanwhile, mock.patch.object(where, when, paying):
        services.cancel(booking=booking, by=booking.client)
    return started[0]()


@pytest.mark.parametrize("order", [requested, accepted])
class TestTheTimeIsGivenBackWhileMoneyComesForIt:
    @pytest.mark.parametrize("when", ["give_back_time", "abandon"])
    def test_both_are_done(self, longer, order, when):
        booking = order(longer)
        assert leave(booking, longer, when).state == Extension.State.GRANTED
        booking.refresh_from_db()
        assert booking.state == State.CANCELLED
        assert check_books(with_stripe=False) == []

    def test_control_time_before_the_accounts_would_be_a_deadlock(self, longer, order, monkeypatch):
        monkeypatch.setattr(payments, "lock_orders", lambda *_: None)
        with pytest.raises(OperationalError, match="deadlock"):
            leave(order(longer), longer, "give_back_time")
