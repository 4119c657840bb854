"""Two orders of one payer: money comes too late for one of them while Stripe tells of a refund of the other."""

from collections.abc import Callable
from functools import partial
from unittest import mock
from uuid import uuid4

import pytest
from django.db import OperationalError

from bookings import services
from bookings.models import Booking, Extension
from bookings.services import extending, ordering
from common.clock import database_now_ms
from payments.gateway.values import RefundState
from payments.models import Refund
from payments.services import refunds, settling
from payments.services.books import check_books
from payments.services.refunds import apply_refund
from tests.orders import live, ordered, pay, pay_on_top, requested
from tests.rivals import rival

pytestmark = pytest.mark.django_db(transaction=True)
LOCKS = {"capture": settling, "refund": refunds}


@pytest.fixture
def going_back(client_user, other_listing) -> Refund:
    """Of an order that he has cancelled."""
    other = requested(client_user, other_listing)
    services.cancel(booking=other, by=client_user)
    return Refund.objects.get(ref=other.pk)


@pytest.fixture
def late_order(client_user, listing) -> Booking:
    booking = ordered(client_user, listing)
    Booking.objects.filter(pk=booking.pk).update(due_ms=database_now_ms() - 1)
    return booking


@pytest.fixture
def late_on_top(client_user, listing) -> Extension:
    running = live(client_user, listing)
    extension = services.extend(booking=running, by=client_user, minutes=30, request_key=uuid4())
    services.end(booking=running, by=client_user)
    return extension


@pytest.fixture(params=["order", "on top"])
def late(request) -> tuple:
    """How the money comes that is too late; and the step, once it is written down, that sends it back."""
    if request.param == "order":
        return partial(pay, request.getfixturevalue("late_order")), ordering, "paid"
    return partial(pay_on_top, request.getfixturevalue("late_on_top")), extending, "paid_on_top"


def told_meanwhile(refund: Refund, status: str, late: tuple) -> None:
    """Stripe's word of the refund comes right after the money is written down, before it is sent back."""
    comes, where, step = late
    tell = partial(apply_refund, refund_id=refund.pk, state=RefundState("re_1", status, refund.amount, ""))
    started: list[Callable] = []
    plain = getattr(where, step)

    def then(**asked) -> None:
        started.append(meanwhile(tell))
        plain(**asked)

    with rival(lambda: None) as meanwhile, mock.patch.object(where, step, then):
        comes()
    started[0]()


def without_lock(monkeypatch, *names: str) -> None:
    for name in names:
        monkeypatch.setattr(LOCKS[name], "lock_payers", lambda _: None)


@pytest.mark.parametrize("status", ["succeeded", "failed"])
class TestLateMoneyMeetsARefund:
    def test_both_are_written_down(self, going_back, late, status):
        told_meanwhile(going_back, status, late)
        going_back.refresh_from_db()
        assert going_back.status == status
        assert Refund.objects.exclude(ref=going_back.ref).get().amount == 1000
        failed = [] if status == "succeeded" else [going_back.ref]
        assert [line for line in check_books(with_stripe=False) if not any(str(ref) in line for ref in failed)] == []


class TestWithoutTheLocks:
    @pytest.mark.parametrize("without", LOCKS)
    def test_each_of_the_two_is_enough(self, going_back, late, monkeypatch, without):
        without_lock(monkeypatch, without)
        told_meanwhile(going_back, "succeeded", late)

    def test_control_accounts_as_they_are_posted_to_would_be_a_deadlock(self, going_back, late, monkeypatch):
        without_lock(monkeypatch, *LOCKS)
        with pytest.raises(OperationalError, match="deadlock"):
            told_meanwhile(going_back, "succeeded", late)
