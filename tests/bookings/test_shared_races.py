"""The last two parts of a price are paid in the same moment."""

from functools import partial

import pytest
from django.db import connection, transaction

from bookings import receivers, services
from bookings.models import Booking, State
from bookings.services import ordering
from payments.services import settling
from tests.cast import a_user
from tests.orders import pay
from tests.rivals import rival
from tests.visits import a_place, ask_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shared(client_user) -> Booking:
    booking = ask_for(client_user, a_place("ruby", kind="dining"), shared_by=2)
    services.take_share(booking=booking, by=a_user("guest-one"))
    return booking


def both_pay(booking: Booking) -> str:
    """One has paid and is not committed yet when the other's money comes; the state of the order afterwards."""
    with rival(partial(pay, Booking.objects.get(pk=booking.pk))) as meanwhile:
        other = meanwhile(partial(pay, booking, seq=2))
    other()
    booking.refresh_from_db()
    return booking.state


def test_the_second_sees_the_first(shared):
    assert both_pay(shared) == State.REQUESTED


def test_control_without_any_lock_of_the_order_nobody_is_asked(shared, monkeypatch):
    # Its payments and its payers' accounts are locked together too: each of these would do.
    for name in ("lock_payments", "lock_payers"):
        monkeypatch.setattr(settling, name, lambda _: None)
    for name in ("hold_payers", "hold_row"):
        monkeypatch.setattr(receivers.locking, name, lambda _: True)
    monkeypatch.setattr(ordering, "locked_for_money", lambda booking: Booking.objects.get(pk=booking.pk))
    with unguarded():
        assert both_pay(shared) == State.AWAITING_PAYMENT


class unguarded:
    """Who writes a share waits for nobody."""

    def __enter__(self) -> None:
        self._set("DISABLE")

    def __exit__(self, *_: object) -> None:
        self._set("ENABLE")

    def _set(self, how: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE bookings_share {how} TRIGGER bookings_share_bounded")
