"""One person parts from two others at once, with orders in both directions: he pays in one and earns in the other."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from unittest import mock

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts import services as accounts
from accounts.models import User
from bookings.models import Booking, State
from bookings.services import parting
from listings.models import Listing
from payments import services as payments
from payments.services.books import check_books
from tests.cast import a_listing, a_week
from tests.orders import appointed, on_the_half_hour
from tests.rivals import rival

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def three() -> list[Listing]:
    """Each of them listens, and has hours."""
    listings = [a_listing(name) for name in ("one", "two", "three")]
    for listing in listings:
        a_week(listing.companion)
    return listings


def person(listing: Listing) -> User:
    return listing.companion.user


@pytest.fixture
def both_ways(three) -> tuple[list[Booking], list[Booking]]:
    """The first has accepted orders with the two others in both directions. With one of them he was the client first,
    with the other the companion."""
    first, second, third = three
    pairs = [(first, second), (second, first), (third, first), (first, third)]
    made = [
        appointed(person(client), listing, starts_at=on_the_half_hour(48 + 4 * n))
        for n, (client, listing) in enumerate(pairs)
    ]
    return made[:2], made[2:]


def parted_at_once(three: list[Listing]) -> None:
    """The third parts from the first as soon as one of the orders of the first and the second is left."""
    first, second, third = map(person, three)
    started: list[Callable] = []
    plain = parting.cancel

    def then(*, booking: Booking, by: User) -> None:
        plain(booking=booking, by=by)
        if by == first and not started:
            started.append(meanwhile(partial(accounts.block, by=third, other=first)))

    with rival(lambda: None) as meanwhile, mock.patch.object(parting, "cancel", then):
        accounts.block(by=first, other=second)
    started[0]()


class TestTwoPartings:
    def test_all_orders_are_left(self, three, both_ways):
        parted_at_once(three)
        assert set(Booking.objects.values_list("state", flat=True)) == {State.CANCELLED}
        assert check_books(with_stripe=False) == []

    def test_control_accounts_order_by_order_would_be_a_deadlock(self, three, both_ways, monkeypatch):
        monkeypatch.setattr(parting.payments, "lock_orders", one_at_a_time(payments.lock_orders))
        with pytest.raises(OperationalError, match="deadlock"):
            parted_at_once(three)


@pytest.fixture
def by_id(three) -> list[Booking]:
    """Two orders of one pair: the one with the higher id was made first."""
    first, second, _ = three
    made = [appointed(person(first), second, starts_at=on_the_half_hour(48 + 4 * n)) for n in range(2)]
    low, high = sorted(made, key=lambda booking: booking.pk)
    Booking.objects.filter(pk=high.pk).update(created_at=timezone.now() - timedelta(hours=1))
    return [low, high]


def hold(booking: Booking) -> None:
    Booking.objects.select_for_update(no_key=True).get(pk=booking.pk)


def parted_while_he_arrives(three: list[Listing], by_id: list[Booking]) -> None:
    """Who connects takes the rows of his orders one by one, by id (bookings/sql/absence.sql)."""
    low, high = by_id
    with rival(partial(hold, low)) as meanwhile:
        parting_them = meanwhile(partial(accounts.block, by=person(three[0]), other=person(three[1])))
        hold(high)
    parting_them()


class TestRowsOfAPair:
    def test_they_are_taken_in_the_order_of_who_connects(self, three, by_id):
        parted_while_he_arrives(three, by_id)
        assert set(Booking.objects.values_list("state", flat=True)) == {State.CANCELLED}

    def test_control_the_oldest_first_would_be_a_deadlock(self, three, by_id, monkeypatch):
        monkeypatch.setattr(
            parting, "hold_rows", lambda rows: list(rows.select_for_update(no_key=True).order_by("created_at"))
        )
        with pytest.raises(OperationalError, match="deadlock"):
            parted_while_he_arrives(three, by_id)


def one_at_a_time(lock: Callable) -> Callable:
    return lambda *orders: lock(*orders) if len(orders) == 1 else None
