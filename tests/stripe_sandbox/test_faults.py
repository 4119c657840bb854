"""Trouble that a test can order, and a process that is killed."""

import time

import httpx
import pytest
import stripe

from tests.stripe_sandbox.receiver import Receiver
from tests.stripe_sandbox.world import Process, World
from tests.waiting import until

CUSTOMER = {"name": "Lin"}


def fault(world, kind, **more):
    world.control("faults", kind=kind, path="/v1/customers", method="POST", **more)


def test_an_error_does_nothing(world):
    fault(world, "error")
    with pytest.raises(stripe.APIError) as failed:
        world.client(max_network_retries=0).v1.customers.create(CUSTOMER)
    assert failed.value.http_status == 500
    assert world.count("customer") == 0


def test_an_error_afterwards_hides_what_was_done(world):
    fault(world, "error_after", status=503)
    assert world.raw.post("/v1/customers", data=CUSTOMER).status_code == 503
    assert world.count("customer") == 1


@pytest.mark.parametrize(("kind", "made"), [("error_kept", 0), ("error_kept_after", 1)])
def test_an_error_that_is_kept_is_repeated_for_its_key_and_for_no_other(world, kind, made):
    fault(world, kind)
    key = {"Idempotency-Key": "one"}
    answers = [world.raw.post("/v1/customers", data=CUSTOMER, headers=key) for _ in range(2)]
    assert [one.status_code for one in answers] == [500, 500]
    assert [one.headers.get("idempotent-replayed") for one in answers] == [None, "true"]
    assert world.count("customer") == made
    assert world.raw.post("/v1/customers", data=CUSTOMER, headers={"Idempotency-Key": "two"}).status_code == 200
    world.control("clock", advance=86401)
    assert world.raw.post("/v1/customers", data=CUSTOMER, headers=key).status_code == 200


def test_too_many_requests(world):
    fault(world, "error", status=429)
    with pytest.raises(stripe.RateLimitError) as limited:
        world.client(max_network_retries=0).v1.customers.create(CUSTOMER)
    headers = {name.lower(): value for name, value in limited.value.headers.items()}
    assert headers["stripe-rate-limited-reason"] == "global-rate"
    assert "retry-after" not in headers


def test_a_cut_connection_after_the_work_is_done(world):
    fault(world, "drop")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        world.raw.post("/v1/customers", data=CUSTOMER)
    assert world.count("customer") == 1


def test_a_time_out_does_nothing(world):
    fault(world, "timeout", seconds=1)
    with pytest.raises(httpx.ReadTimeout):
        world.raw.post("/v1/customers", data=CUSTOMER, timeout=0.3)
    fault(world, "timeout", seconds=0.2)
    with pytest.raises(httpx.RemoteProtocolError):
        world.raw.post("/v1/customers", data=CUSTOMER)
    assert world.count("customer") == 0


def test_slowness_only_takes_time(world):
    fault(world, "slow", seconds=0.5)
    before = time.monotonic()
    world.stripe.v1.customers.create(CUSTOMER)
    assert time.monotonic() - before >= 0.5


def test_a_fault_bites_as_often_as_asked_and_only_where(world):
    fault(world, "error", times=2)
    assert world.raw.get("/v1/customers").status_code == 200
    statuses = [world.raw.post("/v1/customers", data=CUSTOMER).status_code for _ in range(3)]
    assert statuses == [500, 500, 200]
    fault(world, "error")
    world.browser.delete("/_sandbox/faults")
    assert world.raw.post("/v1/customers", data=CUSTOMER).status_code == 200


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("faults", {"kind": "earthquake"}),
        ("faults", {"kind": "error", "colour": "red"}),
        ("faults", {"kind": "error", "times": "many"}),
        ("faults", {"kind": "error", "status": 200}),
        ("webhooks", {"mode": "lost"}),
        ("webhooks", {"mode": "delayed", "seconds": "soon"}),
        ("clock", {"advance": "a day"}),
        ("clock", {"forward": 1}),
        ("clock", [1]),
    ],
)
def test_a_wrong_order_is_refused(world, what, body):
    assert world.browser.post(f"/_sandbox/{what}", json=body).status_code == 400


def test_the_clock_can_be_moved_and_set_back(world):
    world.advance(1000)
    assert world.stripe.v1.customers.create(CUSTOMER).created == pytest.approx(time.time() + 1000, abs=3)
    assert world.control("clock", reset=True)["offset"] == 0


@pytest.fixture
def process(tmp_path):
    process = Process(tmp_path / "own.sqlite3")
    yield process
    process.kill()


def test_nothing_is_lost_when_it_is_killed(process):
    world = World(process.url)
    receiver = Receiver()
    receiver.secret = world.stripe.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]}).secret
    receiver.answers.extend([500] * 5)
    world.control("clock", advance=50)
    paid = world.paid()
    first = world.raw.post("/v1/customers", data=CUSTOMER, headers={"Idempotency-Key": "one"})
    open_one = world.session()
    until(lambda: len(receiver.letters) >= 5, what="the refused deliveries")
    process.kill()
    process.start()
    assert world.again(paid).payment_status == "paid"
    assert world.pay(open_one).status_code == 303
    again = world.raw.post("/v1/customers", data=CUSTOMER, headers={"Idempotency-Key": "one"})
    assert (again.text, again.headers["idempotent-replayed"]) == (first.text, "true")
    assert world.browser.get("/_sandbox/clock").json()["offset"] == 50
    until(
        lambda: not world.browser.get("/_sandbox/state").json()["deliveries"].get("pending"), what="the queue to empty"
    )
    assert {"checkout.session.completed", "payment_intent.succeeded", "customer.created"} <= set(receiver.types())
    receiver.check()
    receiver.close()


def test_a_key_whose_request_was_killed_is_free_again(process):
    world = World(process.url)
    fault(world, "slow", seconds=30)
    with pytest.raises(httpx.TimeoutException):
        world.raw.post("/v1/customers", data=CUSTOMER, headers={"Idempotency-Key": "one"}, timeout=0.5)
    process.kill()
    process.start()
    assert world.raw.post("/v1/customers", data=CUSTOMER, headers={"Idempotency-Key": "one"}).status_code == 200
    assert world.count("customer") == 1


def test_the_command_line_names_an_endpoint_and_the_public_address(tmp_path):
    receiver = Receiver()
    receiver.secret = "whsec_from_the_command_line"
    options = ["--webhook-url", receiver.url, "--webhook-secret", receiver.secret, "--public-url", "http://pay.test/"]
    process = Process(tmp_path / "own.sqlite3", *options)
    world = World(process.url)
    world.control("reset")
    session = world.session()
    assert session.url == f"http://pay.test/c/pay/{session.id}"
    world.pay(session)
    receiver.wait_for("checkout.session.completed")
    process.stop()
    process.start()
    assert len(world.stripe.v1.webhook_endpoints.list().data) == 1
    process.stop()
    elsewhere = Receiver()
    process.command[process.command.index(receiver.url)] = elsewhere.url
    process.start()
    world.stripe.v1.customers.create(CUSTOMER)
    elsewhere.wait_for("customer.created")
    elsewhere.close()
    process.stop()
    receiver.check()
    receiver.close()


def test_a_foreign_web_page_cannot_post_to_the_controls(world):
    foreign = {"Sec-Fetch-Site": "cross-site"}
    world.stripe.v1.customers.create(CUSTOMER)
    assert world.browser.post("/_sandbox/reset", headers=foreign).status_code == 403
    assert world.count("customer") == 1
    assert world.browser.get("/", headers=foreign).status_code == 200
