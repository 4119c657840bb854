"""A settlement or a payment that hangs before it commits holds up those of its own two people, and no other's."""

from functools import partial

import pytest
from django.db import transaction

from accounts.models import User
from bookings import services
from bookings.models import Booking, State
from bookings.services import lifecycle, locking, timers
from common.clock import database_now_ms
from listings.models import Listing
from payments.models import Account, Payment
from payments.services import sharing
from payments.services.books import check_books
from tests.bookings.test_cancelling import moved_to
from tests.cast import a_week
from tests.orders import MINUTE, appointed, live, ordered, pay
from tests.rivals import rival

pytestmark = pytest.mark.django_db(transaction=True)


def over(client: User, listing: Listing) -> Booking:
    """Ended, three minutes served, and due to be settled."""
    booking = live(client, listing)
    back = {"live_since_ms": booking.live_since_ms - 3 * MINUTE, "due_ms": booking.due_ms - 3 * MINUTE}
    Booking.objects.filter(pk=booking.pk).update(**back)
    services.end(booking=booking, by=client)
    Booking.objects.filter(pk=booking.pk).update(due_ms=database_now_ms())
    return booking


@pytest.fixture
def hanging(client_user, listing) -> Booking:
    return over(client_user, listing)


def settle(booking: Booking) -> None:
    timers.settle(locking.locked(booking), 0)


def state(booking: Booking) -> str:
    return Booking.objects.get(pk=booking.pk).state


def test_a_settlement_that_hangs_keeps_no_other_from_being_settled(hanging, other_client, other_listing):
    other = over(other_client, other_listing)
    with rival(partial(settle, hanging)) as meanwhile:
        meanwhile(services.run_due)()
        assert state(other) == State.SETTLED
    assert (state(hanging), check_books(with_stripe=False)) == (State.SETTLED, [])


def test_what_a_cancellation_leaves_keeps_none_either(hanging, other_client, other_listing):
    a_week(other_listing.companion)
    left = moved_to(appointed(other_client, other_listing), 60 * MINUTE)
    with rival(partial(lifecycle.cancel, booking=left, by=other_client)) as meanwhile:
        meanwhile(services.run_due)()
        assert (state(hanging), Booking.objects.get(pk=left.pk).kept_fen) == (State.SETTLED, 350)


def test_control_with_one_account_for_all_it_would_be_waited_for(hanging, other_client, other_listing, monkeypatch):
    other = over(other_client, other_listing)
    shared = Account.objects.get(kind="platform_fee", owner=f"user:{hanging.companion_id}")
    own = sharing.of_user
    monkeypatch.setattr(sharing, "of_user", lambda kind, of: shared if kind == "platform_fee" else own(kind, of))
    with rival(partial(settle, hanging)) as meanwhile:
        meanwhile(services.run_due)()
        assert state(other) == State.ENDED
    services.run_due()
    assert state(other) == State.SETTLED


def test_a_payment_that_hangs_keeps_no_other_from_being_written_down(client_user, listing, other_client, other_listing):
    hangs, comes = ordered(client_user, listing), ordered(other_client, other_listing)
    with rival(partial(pay, hangs)) as meanwhile:
        meanwhile(partial(impatiently, comes))()
        assert Payment.objects.get(ref=comes.pk).status == "succeeded"
    assert check_books(with_stripe=False) == []


@transaction.atomic
def impatiently(booking: Booking) -> None:
    """`meanwhile` comes back as soon as it waits; the lock it waited for would be free only after the rival's end."""
    timers.be_impatient()
    pay(booking)
