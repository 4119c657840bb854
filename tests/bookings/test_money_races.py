"""Money that comes while its booking is being settled or left: each waits for the other, and neither is thrown out."""

from collections.abc import Callable
from functools import partial
from uuid import uuid4

import pytest
from django.db import OperationalError

from bookings import services
from bookings.models import Booking, Extension, State
from bookings.services import locking, parting, timers
from payments import services as payments
from payments.gateway import RefundState
from payments.models import Refund
from payments.services.books import check_books
from payments.services.refunds import apply_refund
from tests.cast import a_week
from tests.orders import appointed, live, pay_on_top
from tests.rivals import rival

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def running(client_user, listing) -> Booking:
    return live(client_user, listing)


def crossed(running: Booking, leave: Callable) -> Extension:
    """The rows are held, the money comes, and only then the booking is left."""
    extension = services.extend(booking=running, by=running.client, minutes=30, request_key=uuid4())
    with rival(lambda: list(Booking.objects.select_for_update(no_key=True))) as meanwhile:
        paying = meanwhile(partial(pay_on_top, extension))
        leave()
    return paying()


def settled_meanwhile(running: Booking) -> Extension:
    def leave() -> None:
        services.end(booking=running, by=running.client)
        timers.settle(locking.locked(running), 0)

    return crossed(running, leave)


def parted_meanwhile(running: Booking) -> Extension:
    """Another one of the two is accepted: leaving it moves his money too."""
    a_week(running.listing.companion)
    appointed(running.client, running.listing)
    return crossed(running, partial(parting.part, by=running.client, other=running.companion))


class TestARefundFailsMeanwhile:
    """Of money that came too late; it goes back with the rest."""

    @pytest.fixture
    def over(self, running) -> Booking:
        extension = services.extend(booking=running, by=running.client, minutes=30, request_key=uuid4())
        services.end(booking=running, by=running.client)
        pay_on_top(extension)
        return running

    def settled(self, over: Booking, monkeypatch) -> list[int]:
        refund, failing = Refund.objects.get(ref=over.pk), []
        failed = RefundState("re_1", "failed", refund.amount, "expired_or_canceled_card")
        release = payments.release

        def then_it_fails(**asked):
            done = release(**asked)
            failing.append(meanwhile(partial(apply_refund, refund_id=refund.pk, state=failed)))
            return done

        monkeypatch.setattr(payments, "release", then_it_fails)
        with rival(lambda: None) as meanwhile:
            timers.settle(locking.locked(over), 0)
        failing[0]()
        return list(Refund.objects.filter(ref=over.pk).order_by("seq").values_list("amount", flat=True))

    def test_both_are_done(self, over, monkeypatch):
        assert self.settled(over, monkeypatch) == [1000, 1000]
        [left] = check_books(with_stripe=False)
        assert "a refund failed and 1000 fen are still here" in left

    def test_control_accounts_before_the_payments_would_be_a_deadlock(self, over, monkeypatch):
        monkeypatch.setattr(payments, "lock_order", lambda **_: None)
        with pytest.raises(OperationalError, match="deadlock"):
            self.settled(over, monkeypatch)


@pytest.mark.parametrize(
    ("meet", "state"), [(settled_meanwhile, State.SETTLED), (parted_meanwhile, State.ENDED)], ids=["settled", "parted"]
)
class TestMoneyMeetsTheEnd:
    def test_the_money_waits_and_goes_back_whole(self, meet, state, running):
        assert meet(running).state == Extension.State.MISSED
        running.refresh_from_db()
        assert (running.state, running.granted_ms) == (state, 30 * 60_000)
        assert Refund.objects.get(ref=running.pk, payment__seq=2).amount == 1000
        assert check_books(with_stripe=False) == []

    def test_control_accounts_before_the_booking_would_be_a_deadlock(self, meet, state, running, monkeypatch):
        monkeypatch.setattr(locking, "hold_row", lambda ref: False)
        with pytest.raises(OperationalError, match="deadlock"):
            meet(running)
