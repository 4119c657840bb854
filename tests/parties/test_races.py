"""A block, and the closing of tables that share their payers, beside each other: nobody waits in a circle."""

from functools import partial
from unittest import mock

import pytest
from django.db import OperationalError

from accounts import services as accounts
from accounts.models import User
from bookings import services as bookings
from bookings.models import Booking, State
from bookings.services import lifecycle, parting
from bookings.services.locking import locked
from payments.services import locking
from payments.services.books import check_books
from tests.meals.plans import ordered
from tests.orders import on_the_half_hour, pay
from tests.parties.tables import a_guest, a_table, paid_by_all, seated
from tests.rivals import rival
from tests.visits import a_place

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dining(db):
    return a_place("ruby", kind="dining")


@pytest.fixture
def guest(db) -> User:
    return a_guest("guest-one")


@pytest.fixture
def two(client_user, dining, guest) -> list[Booking]:
    """Of one companion and by their ids: a table where he is a guest and has paid, and another, or an order of his."""
    table = paid_by_all(seated(a_table(client_user, dining, 2), guest))
    other = paid_by_all(seated(a_table(a_guest("host-two"), dining, 2, starts_at=on_the_half_hour(72)), guest))
    return sorted([table, other], key=lambda booking: booking.pk)


@pytest.fixture
def own_too(client_user, dining, guest) -> list[Booking]:
    table = paid_by_all(seated(a_table(client_user, dining, 2), guest))
    return [pay(ordered(guest, dining, starts_at=on_the_half_hour(72))), table]


def blocked_while_cancelled(booking: Booking, guest: User) -> None:
    """She blocks him while the client of that order, whose row he holds, cancels it."""
    block = partial(accounts.block, by=booking.companion, other=guest, known_as="x")
    with rival(lambda: locked(booking)) as meanwhile:
        blocking = meanwhile(block)
        bookings.cancel(booking=booking, by=booking.client)
    blocking()


@pytest.mark.parametrize("orders", ["two", "own_too"])
class TestABlockAndACancelling:
    def test_both_come_about(self, request, guest, orders):
        first, last = request.getfixturevalue(orders)
        blocked_while_cancelled(last, guest)
        assert {again(first), again(last)} == {State.CANCELLED} and check_books(with_stripe=False) == []

    def test_control_rows_after_money_would_be_a_deadlock(self, request, guest, orders, monkeypatch):
        first, last = request.getfixturevalue(orders)
        monkeypatch.setattr(
            parting, "hold_rows", lambda rows: list(rows.order_by("created_at" if orders == "two" else "pk"))
        )
        monkeypatch.setattr(parting.payments, "lock_orders", first_alone(parting.payments.lock_orders))
        with pytest.raises(OperationalError, match="deadlock"):
            blocked_while_cancelled(last, guest)


def first_alone(lock):
    return lambda *orders: lock(*orders[:1])


class TestTablesOfTheSameTwo:
    @pytest.fixture
    def tables(self, client_user, dining, guest) -> list[Booking]:
        """Each has ordered one at which the other is a guest."""
        one = paid_by_all(seated(a_table(client_user, dining, 2), guest))
        return [one, paid_by_all(seated(a_table(guest, dining, 2, starts_at=on_the_half_hour(72)), client_user))]

    def test_are_closed_at_once(self, tables):
        closed_at_once(*tables)
        assert {again(table) for table in tables} == {State.CANCELLED} and check_books(with_stripe=False) == []

    def test_control_accounts_of_who_ordered_alone_would_be_a_deadlock(self, tables, monkeypatch):
        plain = locking.payers_of
        monkeypatch.setattr(locking, "payers_of", lambda ref: plain(ref)[:1])
        with pytest.raises(OperationalError, match="deadlock"):
            closed_at_once(*tables)


def closed_at_once(one: Booking, other: Booking) -> None:
    """The second begins when the first has locked what its money may move, and nothing of it has moved."""
    plain, started = lifecycle.payments.lock_orders, []
    waits = [partial(bookings.cancel, booking=other, by=other.client)]

    def then(*orders) -> None:
        plain(*orders)
        if waits:
            started.append(meanwhile(waits.pop()))

    with rival(lambda: None) as meanwhile, mock.patch.object(lifecycle.payments, "lock_orders", then):
        bookings.cancel(booking=one, by=one.client)
    started[0]()


def again(booking: Booking) -> str:
    return Booking.objects.get(pk=booking.pk).state
