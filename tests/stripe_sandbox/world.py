"""One stand-in process, and the hands that tests have on it: the SDK, a payer's browser, the control API."""

import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import stripe

from tests.plain_http import answers, client
from tests.stripe_sandbox.checked import CheckedHTTP
from tests.waiting import until

KEY = "sk_test_1234567890abcdef"
GOOD, DECLINED, NO_FUNDS = "4242424242424242", "4000000000000002", "4000000000009995"
ALWAYS, UNTIL_SET_UP, BAD_LATER = "4000002760003184", "4000002500003155", "4000000000000341"
PENDING_REFUND, FAILING_REFUND = "4000000000007726", "4000000000005126"
DISPUTED, NOT_RECEIVED, INQUIRY = "4000000000000259", "4000000000002685", "4000000000001976"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """`python -m stripe_sandbox` as its own process, on the same file and port after a restart."""

    def __init__(self, db: Path, *more: str):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.command = [sys.executable, "-m", "stripe_sandbox", "--port", str(self.port), "--db", str(db), *more]
        self.start()

    def start(self) -> None:
        self.running = subprocess.Popen(self.command)
        until(self.answers, seconds=60, what="the stand-in to start")

    def answers(self) -> bool:
        assert self.running.poll() is None, "the stand-in ended by itself"
        return answers(f"{self.url}/_sandbox/healthz")

    def stop(self) -> None:
        self.running.terminate()
        self.running.wait(timeout=10)

    def kill(self) -> None:
        self.running.kill()
        self.running.wait(timeout=10)


class World:
    def __init__(self, url: str):
        self.url = url
        self.http = CheckedHTTP(timeout=10)
        self.stripe = self.client()
        self.browser = client(url)
        self.raw = client(url, headers={"Authorization": f"Bearer {KEY}"})

    def client(self, **options: Any) -> stripe.StripeClient:
        return stripe.StripeClient(KEY, base_addresses={"api": self.url}, http_client=self.http, **options)

    def control(self, what: str, /, **body: Any) -> dict[str, Any]:
        answer = self.browser.post(f"/_sandbox/{what}", json=body)
        answer.raise_for_status()
        return answer.json()

    def count(self, kind: str) -> int:
        return self.browser.get("/_sandbox/state").json()["objects"].get(kind, 0)

    def undelivered(self) -> int:
        return self.browser.get("/_sandbox/state").json()["deliveries"].get("pending", 0)

    def session(self, amount: int = 3000, **more: Any) -> stripe.checkout.Session:
        price = {"currency": "cny", "unit_amount": amount, "product_data": {"name": "秒回师 30 分钟"}}
        params: Any = {
            "mode": "payment",
            "line_items": [{"price_data": price, "quantity": 1}],
            "success_url": "http://shop.test/ok?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://shop.test/back",
            **more,
        }
        return self.stripe.v1.checkout.sessions.create(params)

    def setup_session(self, **more: Any) -> stripe.checkout.Session:
        """Nothing to pay: a card to keep, for a new customer unless `more` names one."""
        whose = {} if "customer" in more else {"customer_creation": "always"}
        params: Any = {
            "mode": "setup",
            "currency": "cny",
            "success_url": "http://shop.test/kept?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://shop.test/back",
            **whose,
            **more,
        }
        return self.stripe.v1.checkout.sessions.create(params)

    def pay(self, session: stripe.checkout.Session, number: str = GOOD, **more: str) -> httpx.Response:
        form = {"method": "card", "number": number, "expiry": "12/34", "cvc": "123", **more}
        return self.browser.post(f"/c/pay/{session.id}", data=form)

    def prove(self, bank_url: str, outcome: str = "complete") -> httpx.Response:
        """Answers the page of the card's bank: "complete" or "fail"."""
        return self.browser.post(bank_url, data={"outcome": outcome})

    def paid(self, number: str = GOOD, *, amount: int = 3000, **more: Any) -> stripe.checkout.Session:
        session = self.session(amount, **more)
        assert self.pay(session, number).status_code == 303
        return self.again(session)

    def paid_by_wallet(self, method: str, *, amount: int = 3000) -> stripe.checkout.Session:
        session = self.session(amount)
        assert self.pay(session, method=method).status_code == 303
        return self.again(session)

    def again(self, session: stripe.checkout.Session) -> stripe.checkout.Session:
        whole = {"expand": ["payment_intent.latest_charge.balance_transaction"]}
        return self.stripe.v1.checkout.sessions.retrieve(session.id, whole)

    def dispute_of(self, intent: str) -> stripe.Dispute:
        """The one that its card brings along."""
        found = until(lambda: self.stripe.v1.disputes.list({"payment_intent": intent}).data, what="the dispute")
        return found[0]

    def event_types(self) -> list[str]:
        """Oldest first."""
        events = self.stripe.v1.events.list({"limit": 100})
        return [event.type for event in reversed(events.data)]

    def advance(self, seconds: float) -> None:
        self.control("clock", advance=seconds)
        time.sleep(0.1)


def disputed(world: World, number: str = DISPUTED, *, amount: int = 3000) -> stripe.Dispute:
    """A payment that its card disputes."""
    return world.dispute_of(world.paid(number, amount=amount).payment_intent.id)
