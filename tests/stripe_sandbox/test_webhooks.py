"""Events reach their endpoints signed, at least once, and in whatever disorder a test asks for."""

import time

import pytest
import stripe

from tests.stripe_sandbox.receiver import Receiver
from tests.waiting import until


def test_a_payment_is_told_and_signed(world, receiver):
    session = world.paid()
    event = receiver.wait_for("checkout.session.completed")
    assert (event["data"]["object"]["id"], event["api_version"]) == (session.id, stripe.api_version)
    assert event["data"]["object"]["payment_status"] == "paid"
    letter = receiver.letters[0]
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(letter.body, letter.signature, "whsec_another")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(letter.body + b" ", letter.signature, receiver.secret)


def test_an_event_is_a_snapshot(world, receiver):
    paid = world.paid()
    world.stripe.v1.refunds.create({"payment_intent": paid.payment_intent.id})
    told = receiver.wait_for("charge.succeeded")["data"]["object"]
    assert (told["amount_refunded"], told["balance_transaction"]) == (0, None)
    assert receiver.wait_for("charge.updated")["data"]["previous_attributes"] == {"balance_transaction": None}


def test_what_the_request_was_stands_in_the_event(world, receiver):
    answer = world.raw.post("/v1/customers", data={"name": "Lin"}, headers={"Idempotency-Key": "key-1"})
    event = receiver.wait_for("customer.created")
    assert event["request"] == {"id": answer.headers["request-id"], "idempotency_key": "key-1"}


def test_a_refusing_endpoint_is_tried_again_with_growing_waits(world, receiver):
    receiver.answers.extend([500, 302, 503])
    made = world.stripe.v1.customers.create({"name": "Lin"})
    receiver.wait_for("customer.created", times=4)
    assert receiver.letters[0].event["data"]["object"]["id"] == made.id
    assert len({letter.body for letter in receiver.letters}) == 1
    at = [letter.at for letter in receiver.letters]
    waits = [later - earlier for earlier, later in zip(at, at[1:], strict=False)]
    assert all(wanted - 0.1 < wait < wanted + 3 for wait, wanted in zip(waits, (1, 2, 4), strict=True))
    until(lambda: pending(world) == 0, what="the delivery to be noted")


def test_an_event_waits_for_an_endpoint_that_is_down(world, receiver):
    receiver.server.server_close()
    receiver.server.shutdown()
    world.stripe.v1.customers.create({"name": "Lin"})
    until(world.undelivered, what="a delivery")
    back = Receiver()
    endpoint = world.stripe.v1.webhook_endpoints.list().data[0]
    world.stripe.v1.webhook_endpoints.update(endpoint.id, {"url": back.url})
    back.secret = receiver.secret
    world.advance(10)
    back.wait_for("customer.created")
    back.check()
    back.close()


def pending(world) -> int:
    """What the API says of the newest event."""
    return world.stripe.v1.events.list({"limit": 1}).data[0].pending_webhooks


def test_dropped_events_can_be_found_and_sent_again(world, receiver):
    world.control("webhooks", mode="dropped")
    world.stripe.v1.customers.create({"name": "Lin"})
    world.control("webhooks", mode="normal")
    time.sleep(0.3)
    assert receiver.letters == []
    [lost] = world.stripe.v1.events.list({"delivery_success": False}).data
    assert (lost.type, lost.pending_webhooks) == ("customer.created", 1)
    world.control(f"events/{lost.id}/resend")
    assert receiver.wait_for("customer.created")["id"] == lost.id
    until(lambda: pending(world) == 0, what="the delivery to be noted")


def test_doubled_events_come_twice_with_one_id(world, receiver):
    world.control("webhooks", mode="doubled")
    world.stripe.v1.customers.create({"name": "Lin"})
    receiver.wait_for("customer.created", times=2)
    assert len({letter.event["id"] for letter in receiver.letters}) == 1


def test_delayed_events_come_when_their_time_has_come(world, receiver):
    world.control("webhooks", mode="delayed", seconds=600)
    world.stripe.v1.customers.create({"name": "Lin"})
    world.advance(590)
    time.sleep(0.3)
    assert receiver.letters == []
    world.advance(10)
    receiver.wait_for("customer.created")


def test_shuffled_events_all_come_in_another_order(world, receiver):
    world.control("webhooks", mode="shuffled", seconds=1)
    made = [world.stripe.v1.customers.create({"name": f"c{n}"}).id for n in range(12)]
    receiver.wait_for("customer.created", times=12)
    came = [letter.event["data"]["object"]["id"] for letter in receiver.letters]
    assert sorted(came) == sorted(made)
    assert came != made


def test_an_endpoint_hears_only_what_it_asked_for(world):
    receiver = Receiver()
    made = world.stripe.v1.webhook_endpoints.create(
        {"url": receiver.url, "enabled_events": ["charge.refunded"], "metadata": {"a": "b"}, "description": "refunds"}
    )
    receiver.secret = made.secret
    paid = world.paid()
    world.stripe.v1.refunds.create({"payment_intent": paid.payment_intent.id})
    receiver.wait_for("charge.refunded")
    assert receiver.types() == ["charge.refunded"]
    receiver.close()
    receiver.check()


def test_endpoints_are_kept_changed_and_taken_away(world):
    endpoints = world.stripe.v1.webhook_endpoints
    made = endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
    assert made.secret.startswith("whsec_")
    kept = endpoints.retrieve(made.id)
    assert (getattr(kept, "secret", None), kept.status) == (None, "enabled")
    assert endpoints.update(made.id, {"disabled": True}).status == "disabled"
    world.stripe.v1.customers.create({"name": "Lin"})
    assert world.stripe.v1.events.list().data[0].pending_webhooks == 0
    assert endpoints.delete(made.id).deleted is True
    assert endpoints.list().data == []


@pytest.mark.parametrize("wrong", [{"url": "ftp://x"}, {"enabled_events": ["no.such"]}, {"enabled_events": None}])
def test_a_wrong_endpoint_is_refused(world, wrong):
    with pytest.raises(stripe.InvalidRequestError):
        world.stripe.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"], **wrong})


def test_events_are_found_by_type(world):
    world.paid()
    events = world.stripe.v1.events
    assert [e.type for e in events.list({"type": "charge.*"}).data] == ["charge.updated", "charge.succeeded"]
    both = ["charge.updated", "checkout.session.completed"]
    assert [e.type for e in events.list({"types": both}).data] == both[::-1]
    assert events.retrieve(events.list().data[0].id).type == "checkout.session.completed"
