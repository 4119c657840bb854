"""A block, and the closing of tables that share their payers, beside each other, and one person with two tabs: nobody
waits in a circle, and nobody is in two places."""

from functools import partial
from unittest import mock
from uuid import uuid4

import pytest
from django.db import OperationalError

from accounts import services as accounts
from accounts.errors import GenderKept
from accounts.models import Gender, User
from accounts.services import one_at_a_time
from bookings import services as bookings
from bookings.errors import AppointmentThen
from bookings.models import Booking, State
from bookings.services import lifecycle, ordering, parting
from bookings.services.locking import locked
from listings.models import Companion
from parties import services
from parties.models import Guest
from parties.services import seating
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


class TestOneWithTwoTabs:
    """Whatever he does about one companion, his own row comes before the pair of the two."""

    @pytest.fixture
    def seat(self, client_user, dining, guest) -> partial:
        return partial(services.join, booking=a_table(client_user, dining, 2), by=guest)

    @pytest.fixture
    def form(self, dining, guest) -> dict[str, object]:
        starts_at = on_the_half_hour(72)
        return {"by": guest, "listing": dining, "minutes": 60, "starts_at": starts_at, "request_key": uuid4()}

    @pytest.fixture
    def other_form(self, form) -> dict[str, object]:
        return form | {"starts_at": on_the_half_hour(96), "request_key": uuid4()}

    def test_orders_and_takes_a_seat(self, form, seat):
        _, guest = ordered_while("_offered", form, seat)
        assert guest.party.guests.count() == 1

    def test_control_the_pair_before_the_person_would_be_a_deadlock(self, form, seat, guest, monkeypatch):
        plain = seating._lock_pairs
        monkeypatch.setattr(seating, "one_at_a_time", lambda user: None)
        monkeypatch.setattr(seating, "_lock_pairs", lambda *asked: (plain(*asked), one_at_a_time(guest)))
        with pytest.raises(OperationalError, match="deadlock"):
            ordered_while("_offered", form, seat)

    def test_orders_twice_once_for_other_payers(self, form, other_form):
        bookings.order(**form, shared_by=3)
        results = ordered_while("_give_way", form, partial(bookings.order, **other_form))
        assert [booking.state for booking in results] == [State.AWAITING_PAYMENT] * 2

    def test_control_what_gives_way_before_the_person_would_be_a_deadlock(self, form, other_form, guest, monkeypatch):
        plain = ordering._offered
        monkeypatch.setattr(ordering, "one_at_a_time", lambda user: None)
        monkeypatch.setattr(ordering, "_offered", lambda wish: (one_at_a_time(guest), plain(wish))[1])
        bookings.order(**form, shared_by=3)
        with pytest.raises(OperationalError, match="deadlock"):
            ordered_while("_give_way", form, partial(bookings.order, **other_form))


def ordered_while(step: str, form: dict, other: partial) -> tuple:
    """The other begins when that step of the order is done."""
    plain, started, waits = getattr(ordering, step), [], [other]

    def then(asked):
        done = plain(asked)
        if waits:
            started.append(meanwhile(waits.pop()))
        return done

    with rival(lambda: None) as meanwhile, mock.patch.object(ordering, step, then):
        booking = bookings.order(**form)
    return booking, started[0]()


class TestASeatAndAnOrderForOneTime:
    """He pays the order, and takes the seat before that is committed."""

    @pytest.fixture
    def seat(self, client_user, dining, guest) -> partial:
        return partial(services.join, booking=a_table(client_user, dining, 2, shares=False), by=guest)

    @pytest.fixture
    def order(self, guest) -> Booking:
        return ordered(guest, a_place("jade", kind="dining"))

    def test_are_not_both_his(self, seat, order):
        with pytest.raises(AppointmentThen):
            self.seat_while_paid(seat, order)

    def test_control_without_the_lock_on_the_person_they_are(self, seat, order, monkeypatch):
        monkeypatch.setattr(seating, "one_at_a_time", lambda user: None)
        self.seat_while_paid(seat, order)
        assert (again(order), Guest.objects.count()) == (State.REQUESTED, 1)

    @staticmethod
    def seat_while_paid(seat: partial, order: Booking) -> None:
        with rival(partial(pay, order)) as meanwhile:
            result = meanwhile(seat)
        result()


class TestASeatAndAnotherGender:
    @pytest.fixture
    def seat(self, client_user, dining, guest) -> partial:
        User.objects.filter(pk__in=[client_user.pk, guest.pk]).update(gender=Gender.FEMALE)
        Companion.objects.update(meets=Gender.FEMALE)
        client_user.refresh_from_db()
        return partial(services.join, booking=a_table(client_user, dining, 2), by=guest)

    def test_who_sits_there_comes_as_who_joined(self, seat):
        with pytest.raises(GenderKept):
            self.changed_while_seated(seat)

    def test_control_without_the_lock_on_the_person_he_comes_as_another(self, seat, monkeypatch):
        monkeypatch.setattr(seating, "one_at_a_time", lambda user: None)
        self.changed_while_seated(seat)
        assert Guest.objects.get().user.gender == Gender.MALE

    @staticmethod
    def changed_while_seated(seat: partial) -> None:
        user = User.objects.get(pk=seat.keywords["by"].pk)
        told = {"by": user, "display_name": "x", "language": "zh-hans", "gender": Gender.MALE}
        with rival(seat) as meanwhile:
            result = meanwhile(partial(accounts.update_profile, **told))
        result()


def again(booking: Booking) -> str:
    return Booking.objects.get(pk=booking.pk).state
