"""One payment is offered as one session at a time, however often, late or unluckily it is asked for."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.db import connection

from payments import services, tasks
from payments.errors import PaymentClosed, ProviderUnavailable
from payments.gateway import provider
from payments.gateway.values import Capture, Checkout
from payments.models import Payment
from payments.services import checkout as checkout_service
from payments.services.books import clearing_balance
from tests.payments.paying import checkout, paid
from tests.rivals import rival
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
SESSIONS = "/v1/checkout/sessions"


@pytest.fixture
def move_clocks(stand_in, monkeypatch):
    """Ours and Stripe's, by so many seconds from now."""

    def move(seconds: int) -> None:
        later = time.time() + seconds
        monkeypatch.setattr(checkout_service, "time", SimpleNamespace(time=lambda: later))
        stand_in.control("clock", advance=seconds)

    yield move
    stand_in.control("clock", reset=True)


def lose_the_answer(stand_in, payment: Payment) -> None:
    """Stripe opens the session and nobody hears of it; three times, as the SDK asks again by itself."""
    stand_in.control("faults", path=SESSIONS, method="POST", kind="drop", times=3)
    with pytest.raises(ProviderUnavailable):
        checkout(payment)


def sessions(stand_in) -> list[dict]:
    return stand_in.api.get(SESSIONS).json()["data"]


def test_a_lost_answer_and_a_click_some_seconds_later_are_one_session(stand_in, payment, move_clocks):
    lose_the_answer(stand_in, payment)
    move_clocks(5)
    url = checkout(payment)
    assert [session["url"] for session in sessions(stand_in)] == [url]


def test_a_lost_answer_and_a_click_minutes_later_can_be_paid(stand_in, payment, move_clocks):
    lose_the_answer(stand_in, payment)
    move_clocks(300)
    assert paid(stand_in, payment).status == "succeeded"
    assert len(sessions(stand_in)) == 2


def test_a_second_click_that_read_the_row_before_the_first_wrote_it(stand_in, payment, move_clocks):
    stale = Payment.objects.get(pk=payment.pk)
    first = checkout(payment)
    move_clocks(5)
    assert checkout(stale) == first


def test_what_changed_since_the_lost_answer_goes_under_a_new_key(stand_in, payment):
    lose_the_answer(stand_in, payment)
    assert services.checkout_url(payment=payment, success_url="http://new/ok/", cancel_url="http://new/back/")
    payment.refresh_from_db()
    assert paid(stand_in, payment).status == "succeeded"


def test_an_expired_session_of_an_open_order_is_followed_by_a_new_one(stand_in, payment):
    old = checkout(payment)
    payment.refresh_from_db()
    old_id = payment.session_id
    provider().expire_checkout(old_id)
    assert services.sync_payment(payment=payment).status == "expired"
    assert checkout(payment) != old
    # Late word of the old session is no word about the new one.
    assert (
        services.apply_checkout(payment_id=payment.pk, checkout=provider().retrieve_checkout(old_id)).status == "open"
    )
    assert paid(stand_in, payment).status == "succeeded"


def test_an_answer_that_a_new_attempt_overtook_is_shown_to_nobody(stand_in, payment):
    def slow_click() -> str:
        try:
            return checkout(payment)
        finally:
            connection.close()

    stand_in.control("faults", path=SESSIONS, method="POST", kind="slow", seconds=2)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(slow_click)
        until(lambda: Payment.objects.get().expires_s, what="the first click")
        until(lambda: not stand_in.http.get("/_sandbox/faults").json()["faults"], what="its request")
        Payment.objects.update(expires_s=0)
        assert checkout(Payment.objects.get()) == slow.result()
    assert len(sessions(stand_in)) == 2


def test_an_abandoned_payment_nobody_could_pay_is_closed_at_once(stand_in, payment):
    services.abandon(ref=payment.ref)
    payment.refresh_from_db()
    assert payment.status == "expired"
    with pytest.raises(PaymentClosed):
        checkout(payment)
    assert sessions(stand_in) == []


def test_abandoning_between_question_and_answer_closes_too(stand_in, payment):
    asked = checkout_service._ready(payment_id=payment.pk)
    session = checkout_service._open_session(asked, "http://test/ok/", "http://test/back/")
    services.abandon(ref=payment.ref)
    with pytest.raises(PaymentClosed):
        checkout_service._keep(asked, session)


def test_an_abandoned_session_is_closed_though_its_task_was_lost(stand_in, payment, at_once):
    url = checkout(payment)
    services.abandon(ref=payment.ref)
    with pytest.raises(PaymentClosed):
        checkout(payment)
    tasks.catch_up()
    payment.refresh_from_db()
    assert payment.status == "expired"
    assert stand_in.pay(url).status_code != 303
    assert clearing_balance() == 0
    with pytest.raises(PaymentClosed):
        checkout(payment)


def test_abandoning_does_not_wait_for_a_payment_that_is_just_settled(stand_in, payment):
    """Who abandons holds the order, and keeps everybody from it who would wait with him."""
    checkout(payment)
    with rival(lambda: Payment.objects.select_for_update().get(pk=payment.pk)) as meanwhile:
        meanwhile(lambda: services.abandon(ref=payment.ref))(timeout=5)


@pytest.mark.books_differ("Stripe knows nothing of this money")
def test_money_that_came_for_a_closed_payment_is_in_the_books(stand_in, payment):
    services.abandon(ref=payment.ref)
    capture = Capture("pi_1", "ch_1", payment.amount, 34, "visa •••• 4242")
    late = services.apply_checkout(payment_id=payment.pk, checkout=Checkout("cs_1", "", "complete", capture))
    assert late.status == "succeeded"
    assert services.prepaid_for(ref=payment.ref, payer_id=payment.payer_id) == payment.amount
