"""Each kind of trouble, at each endpoint that does something about disputes, kept cards and customers."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.stripe_sandbox.world import World, disputed

Wanted = tuple[str, str, dict[str, str]]


def setup_intent(world: World, **more: Any) -> str:
    asked = {"payment_method": "pm_card_visa", **more}
    return f"/v1/setup_intents/{world.stripe.v1.setup_intents.create(asked).id}"


def customer(world: World) -> str:
    return world.stripe.v1.customers.create({}).id


def card(world: World) -> str:
    return world.stripe.v1.payment_methods.attach("pm_card_visa", {"customer": customer(world)}).id


# Each of these leaves an event when it is done.
WRITES: dict[str, Callable[[World], Wanted]] = {
    "answer a dispute": lambda w: (
        "POST",
        f"/v1/disputes/{disputed(w).id}",
        {"evidence[uncategorized_text]": "We met."},
    ),
    "close a dispute": lambda w: ("POST", f"/v1/disputes/{disputed(w).id}/close", {}),
    "create a setup intent": lambda w: ("POST", "/v1/setup_intents", {"description": "x"}),
    "confirm a setup intent": lambda w: ("POST", f"{setup_intent(w)}/confirm", {}),
    "cancel a setup intent": lambda w: ("POST", f"{setup_intent(w)}/cancel", {}),
    "create a setup session": lambda w: (
        "POST",
        "/v1/checkout/sessions",
        {"mode": "setup", "currency": "cny", "customer": customer(w), "success_url": "http://shop.test/"},
    ),
    "update a customer": lambda w: ("POST", f"/v1/customers/{customer(w)}", {"name": "Mei"}),
    "delete a customer": lambda w: ("DELETE", f"/v1/customers/{customer(w)}", {}),
    "update a card": lambda w: ("POST", f"/v1/payment_methods/{card(w)}", {"metadata[k]": "v"}),
    "update a charge": lambda w: (
        "POST",
        f"/v1/charges/{w.paid().payment_intent.latest_charge.id}",
        {"description": "x"},
    ),
}
READS = ("disputes", "setup_intents", "customers")


@pytest.fixture(params=WRITES.values(), ids=WRITES)
def wanted(request, world) -> Wanted:
    return request.param(world)


def order(world: World, wanted: Wanted, kind: str, **more: Any) -> None:
    world.control("faults", kind=kind, method=wanted[0], path=wanted[1], **more)


def send(world: World, wanted: Wanted, key: str = "", **more: Any) -> httpx.Response:
    method, path, data = wanted
    headers = {"Idempotency-Key": key} if key else {}
    body = {"data": data} if method == "POST" else {}
    return world.raw.request(method, path, headers=headers, **body, **more)


def test_an_error_or_a_limit_does_nothing(world, wanted):
    for status, code in ((500, None), (429, "rate_limit")):
        order(world, wanted, "error", status=status)
        before = world.count("event")
        answer = send(world, wanted)
        assert (answer.status_code, answer.json()["error"].get("code")) == (status, code)
        assert world.count("event") == before
    assert send(world, wanted).status_code == 200


def test_a_time_out_does_nothing(world, wanted):
    order(world, wanted, "timeout", seconds=0.1)
    before = world.count("event")
    with pytest.raises(httpx.RemoteProtocolError):
        send(world, wanted)
    assert world.count("event") == before


def test_slowness_only_takes_time(world, wanted):
    order(world, wanted, "slow", seconds=0.2)
    began = time.monotonic()
    assert send(world, wanted).status_code == 200
    assert time.monotonic() - began >= 0.2


def test_what_was_done_but_not_answered_is_done_once(world, wanted):
    """The first answer is lost; the same key brings it back. (Deleting is final without a key.)"""
    order(world, wanted, "drop")
    before, key = world.count("event"), str(uuid4())
    with pytest.raises(httpx.RemoteProtocolError):
        send(world, wanted, key)
    done = world.count("event")
    assert done > before
    again = send(world, wanted, key)
    replayed = (again.status_code, again.headers.get("idempotent-replayed"))
    assert replayed == ((200, "true") if wanted[0] == "POST" else (404, None))
    assert world.count("event") == done


def test_an_error_afterwards_hides_what_was_done(world, wanted):
    order(world, wanted, "error_after", status=503)
    before = world.count("event")
    assert send(world, wanted).status_code == 503
    assert world.count("event") > before


@pytest.mark.parametrize("resource", READS)
def test_reading_fails_too_as_often_as_asked(world, resource):
    wanted = ("GET", f"/v1/{resource}", {})
    order(world, wanted, "error", times=1_000_000_000)
    assert {send(world, wanted).status_code for _ in range(5)} == {500}
    world.browser.delete("/_sandbox/faults")
    assert send(world, wanted).status_code == 200
