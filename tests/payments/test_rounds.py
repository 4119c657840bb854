"""The rounds that make up for lost bells: one at a time, bounded, and never stuck behind a row that fails."""

from datetime import timedelta
from uuid import uuid4

import pytest
from celery import current_app
from django.utils import timezone

from payments import services, tasks
from payments.models import Payment, Refund, StripeEvent
from tests.payments.paying import checkout, paid
from tests.threads import at_once as together
from tests.threads import failures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def refunds(stand_in, client_user, at_once) -> list[Refund]:
    """Three that are requested."""
    for _ in range(3):
        payment = services.open_payment(payer=client_user, ref=uuid4(), amount=1000, description="三十分钟")
        services.refund_unused(ref=paid(stand_in, payment).ref)
    return list(Refund.objects.order_by("pk"))


def stripe_down(stand_in) -> None:
    stand_in.control("faults", path="/v1/refunds", method="POST", kind="error", times=100)


def questions(stand_in) -> int:
    [fault] = stand_in.http.get("/_sandbox/faults").json()["faults"]
    return 100 - fault["times"]


def event(number: int, subject: dict, **fields) -> StripeEvent:
    payload = {"id": f"evt_{number}", "data": {"object": subject}}
    return StripeEvent.objects.create(id=f"evt_{number}", type="checkout.session.completed", payload=payload, **fields)


def session(session_id: str, reference: str) -> dict:
    return {"object": "checkout.session", "id": session_id, "client_reference_id": reference}


def unknown_session(payment: Payment) -> dict:
    """Stripe says that it was paid, and when asked does not know it: acting on it fails each time."""
    return session("cs_unknown", str(payment.ref)) | {"payment_status": "paid"}


def test_a_round_ends_when_stripe_does_not_answer(stand_in, refunds):
    stripe_down(stand_in)
    tasks.catch_up()
    tries_of_one = 3
    assert questions(stand_in) == tries_of_one


def test_the_next_round_begins_with_another_row(stand_in, refunds):
    stripe_down(stand_in)
    for _ in refunds:
        tasks.catch_up()
    assert not Refund.objects.filter(asked_at=None).exists()


def test_a_round_ends_when_its_time_is_up(stand_in, refunds, monkeypatch):
    monkeypatch.setattr(tasks, "ROUND_S", -1)
    tasks.catch_up()
    assert set(Refund.objects.values_list("status", flat=True)) == {"requested"}


def test_two_rounds_at_once_are_one(stand_in, refunds):
    with tasks.alone("payments.catch_up") as is_mine:
        assert is_mine
        assert failures(together(tasks.catch_up)) == []
    assert set(Refund.objects.values_list("status", flat=True)) == {"requested"}
    tasks.catch_up()
    assert set(Refund.objects.values_list("status", flat=True)) == {"succeeded"}


def test_whatever_speaks_to_stripe_has_a_queue_of_its_own():
    def queue(task: str) -> str:
        return current_app.amqp.router.route({}, task)["queue"].name

    assert queue("bookings.tasks.sweep") == queue("marketplace.tasks.heartbeat") == "celery"
    current_app.loader.import_default_modules()
    ours = [name for name in current_app.tasks if name.startswith("payments.")]
    assert ours
    assert {queue(name) for name in ours} == {"outside"}


@pytest.mark.parametrize("reference", ["order-17", "", None])
def test_somebody_elses_session_is_none_of_ours(stand_in, reference):
    event(1, session("cs_other", reference))
    services.apply_event(event_id="evt_1")
    assert StripeEvent.objects.get().processed_at


def test_somebody_elses_declined_card_is_none_of_ours(stand_in):
    subject = {"object": "payment_intent", "id": "pi_other", "metadata": {"ref": "order-17"}}
    payload = {"data": {"object": subject}}
    StripeEvent.objects.create(id="evt_1", type="payment_intent.payment_failed", payload=payload)
    services.apply_event(event_id="evt_1")
    assert StripeEvent.objects.get().processed_at


def test_events_that_always_fail_do_not_hold_up_a_good_one(stand_in, payment, at_once):
    stand_in.pay(checkout(payment))
    payment.refresh_from_db()
    for number in range(tasks.BATCH):
        event(number, unknown_session(payment), attempts=1)
    event(1000, session(payment.session_id or "", str(payment.ref)))
    tasks.catch_up()
    payment.refresh_from_db()
    assert payment.status == "succeeded"


def test_an_event_that_failed_waits_longer_each_time(stand_in, payment, at_once):
    checkout(payment)
    event(1, unknown_session(payment))
    waits = []
    for _ in range(3):
        StripeEvent.objects.update(due_at=timezone.now() - timedelta(hours=1))
        tasks.catch_up()
        row = StripeEvent.objects.get()
        waits.append((row.due_at - timezone.now()).total_seconds())
    assert row.attempts == 3 and "No such checkout.session: 'cs_unknown'" in row.error
    assert waits == pytest.approx([2, 4, 8], abs=1)
    tasks.catch_up()
    assert StripeEvent.objects.get().attempts == 3


def test_open_payments_are_asked_about_in_turn(stand_in, client_user, monkeypatch):
    monkeypatch.setattr(tasks, "QUIET_PAYMENT", timedelta(0))
    monkeypatch.setattr(tasks, "BATCH", 1)
    for _ in range(2):
        checkout(services.open_payment(payer=client_user, ref=uuid4(), amount=1000, description="三十分钟"))
        tasks.ask_stripe()
    assert not Payment.objects.filter(asked_at=None).exists()
    assert Payment.objects.count() == 2
