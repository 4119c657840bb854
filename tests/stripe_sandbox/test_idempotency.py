"""A request with a key takes effect once, whatever happens to its answers."""

import threading
import time

import pytest
import stripe

from tests.stripe_sandbox.world import DECLINED

CUSTOMER = {"name": "Lin"}


def create(world, key: str, **more):
    return world.raw.post("/v1/customers", data={**CUSTOMER, **more}, headers={"Idempotency-Key": key})


def test_the_same_key_gets_the_same_answer(world):
    first, second = create(world, "one"), create(world, "one")
    assert (second.status_code, second.text) == (200, first.text)
    assert second.headers["idempotent-replayed"] == "true"
    assert second.headers["original-request"] == first.headers["request-id"] != second.headers["request-id"]
    assert "idempotent-replayed" not in first.headers
    assert world.count("customer") == 1


def test_without_the_same_key_there_are_two(world):
    create(world, "one")
    create(world, "two")
    assert world.count("customer") == 2


def test_other_parameters_under_the_same_key_are_refused(world):
    create(world, "one")
    answer = create(world, "one", email="lin@example.com")
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "idempotency_error")
    other_place = world.raw.post("/v1/refunds", data={"charge": "ch_1"}, headers={"Idempotency-Key": "one"})
    assert other_place.json()["error"]["type"] == "idempotency_error"


def test_a_second_request_while_the_first_runs_gets_409(world):
    world.control("faults", kind="slow", path="/v1/customers", seconds=1)
    answers = []
    slow = threading.Thread(target=lambda: answers.append(create(world, "one")))
    slow.start()
    time.sleep(0.3)
    busy = create(world, "one")
    slow.join()
    assert (busy.status_code, busy.json()["error"]["code"]) == (409, "idempotency_key_in_use")
    assert answers[0].status_code == 200
    assert create(world, "one").text == answers[0].text


def test_a_decline_is_kept_too_and_a_new_key_is_a_new_try(world):
    params = {"amount": 3000, "currency": "cny", "payment_method": "pm_card_visa_chargeDeclined", "confirm": True}
    for key, charges in (("one", 1), ("one", 1), ("two", 2)):
        with pytest.raises(stripe.CardError) as declined:
            world.stripe.v1.payment_intents.create(params, {"idempotency_key": key})
        assert declined.value.error.decline_code == "generic_decline"
        assert world.count("charge") == charges


def test_wrong_parameters_do_not_use_up_the_key(world):
    assert create(world, "one", email="nobody").status_code == 400
    assert create(world, "one").status_code == 200


def test_what_the_endpoint_itself_refused_is_kept(world):
    def refund(key):
        charge = {"charge": "ch_none"}
        return world.raw.post("/v1/refunds", data=charge, headers={"Idempotency-Key": key})

    assert (refund("one").status_code, refund("one").headers["idempotent-replayed"]) == (400, "true")


def test_keys_are_forgotten_after_a_day(world):
    create(world, "one")
    world.advance(86_401)
    assert "idempotent-replayed" not in create(world, "one").headers
    assert world.count("customer") == 2


def test_an_answer_lost_on_the_way_is_fetched_by_the_sdks_own_retry(world):
    paid = world.paid()
    world.control("faults", kind="drop", path="/v1/refunds", method="POST")
    careful = world.client(max_network_retries=2)
    refund = careful.v1.refunds.create({"payment_intent": paid.payment_intent.id})
    assert refund.status == "succeeded"
    assert world.count("refund") == 1


def test_the_same_lost_answer_without_a_key_is_done_twice(world):
    """The negative control: it is the key that saves the one above."""
    paid = world.paid()
    world.control("faults", kind="drop", path="/v1/refunds", method="POST")
    ask = {"payment_intent": paid.payment_intent.id, "amount": "100"}
    with pytest.raises(Exception, match="disconnected"):
        world.raw.post("/v1/refunds", data=ask)
    world.raw.post("/v1/refunds", data=ask)
    assert world.count("refund") == 2


def test_twenty_at_once_are_one(world):
    statuses = []
    threads = [threading.Thread(target=lambda: statuses.append(create(world, "one").status_code)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 409}
    assert world.count("customer") == 1


def test_declined_on_the_page_has_nothing_to_do_with_keys(world):
    session = world.session()
    world.pay(session, DECLINED)
    world.pay(session, DECLINED)
    assert world.count("charge") == 2
    assert world.count("payment_intent") == 1
