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
from payments.gateway.values import RefundState
from payments.models import Refund
from payments.services import request_refund_again
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


@pytest.fixture
def on_its_way(running) -> Refund:
    """What was paid for more time when the clock had run out: going back, while the order is not settled yet."""
    extension = services.extend(booking=running, by=running.client, minutes=30, request_key=uuid4())
    services.end(booking=running, by=running.client)
    pay_on_top(extension)
    return Refund.objects.get(ref=running.pk)


def fail(refund: Refund) -> None:
    """Stripe's word: it cannot be paid out."""
    apply_refund(refund_id=refund.pk, state=RefundState("re_x", "failed", refund.amount, "lost_card"))


def ask_again(refund: Refund) -> None:
    """What failed before is sent once more."""
    request_refund_again(ref=refund.ref)


@pytest.fixture(params=[fail, ask_again])
def act(request, on_its_way) -> Callable[[], None]:
    if request.param is ask_again:
        fail(on_its_way)
    return partial(request.param, on_its_way)


@pytest.fixture
def settled_amid(running, monkeypatch) -> Callable[[Callable], None]:
    """The other comes when the settlement has given the payer his money and not sent it back yet."""

    def settle(act: Callable[[], None]) -> None:
        release, others = payments.release, []
        with rival(lambda: None) as meanwhile:
            monkeypatch.setattr(payments, "release", lambda **of: (release(**of), others.append(meanwhile(act))))
            timers.settle(locking.locked(running), 0)
        others[0]()

    return settle


class TestARefundMeetsTheEnd:
    def test_both_come_about_and_the_money_goes_back_once(self, running, act, settled_amid):
        settled_amid(act)
        request_refund_again(ref=running.pk)
        running.refresh_from_db()
        on_its_way = Refund.objects.filter(ref=running.pk).exclude(status="failed")
        assert (running.state, sum(on_its_way.values_list("amount", flat=True))) == (State.SETTLED, 2000)
        assert check_books(with_stripe=False) == []

    @pytest.mark.parametrize("kept", ["order", "payments"])
    def test_each_of_the_two_locks_is_enough(self, act, settled_amid, monkeypatch, kept):
        without_locks(monkeypatch, {"order", "payments"} - {kept})
        settled_amid(act)

    def test_control_accounts_before_them_would_be_a_deadlock(self, act, settled_amid, monkeypatch):
        without_locks(monkeypatch, {"order", "payments"})
        with pytest.raises(OperationalError, match="deadlock"):
            settled_amid(act)


def without_locks(monkeypatch, names: set[str]) -> None:
    if "order" in names:
        monkeypatch.setattr(locking, "hold_row", lambda ref: False)
    if "payments" in names:
        monkeypatch.setattr(payments, "lock_order", lambda **_: None)
