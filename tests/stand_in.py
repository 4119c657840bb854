"""The Stripe stand-in as a process of this test worker: real HTTP both ways, and a hand on its controls."""

from collections.abc import Iterator

import httpx
import pytest
from django.conf import settings as django_settings

from devstack import stripe as stand_in_process
from payments.gateway import provider
from tests.plain_http import client

GOOD_CARD, DECLINED_CARD = "4242424242424242", "4000000000000002"


class StandIn:
    """What a person does on the hosted page, and what only a test may do."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = client(url)
        self.api = client(url, auth=("sk_test_sandbox", ""))

    def pay(self, checkout_url: str, card: str = GOOD_CARD) -> httpx.Response:
        """Fills the hosted page; a 303 to the success page means that the money moved."""
        form = {"method": "card", "number": card, "expiry": "12/40", "cvc": "123"}
        return self.http.post(checkout_url, data=form)

    def prove(self, bank_url: str, outcome: str = "complete") -> httpx.Response:
        """Answers the 3-D Secure page of the card's bank, "complete" or "fail"; the 303 leads back to the shop."""
        return self.http.post(bank_url, data={"outcome": outcome})

    def listen(self, webhook_url: str) -> None:
        """From now on events are sent there, signed with the settings' own secret."""
        for endpoint in self.api.get("/v1/webhook_endpoints").json()["data"]:
            self.api.delete(f"/v1/webhook_endpoints/{endpoint['id']}")
        made = self.api.post("/v1/webhook_endpoints", data={"url": webhook_url, "enabled_events[0]": "*"}).json()
        django_settings.STRIPE_WEBHOOK_SECRET = made["secret"]

    def control(self, what: str, /, **body: object) -> None:
        self.http.post(f"/_sandbox/{what}", json=body).raise_for_status()

    def counts(self) -> dict[str, int]:
        return self.http.get("/_sandbox/state").json()

    def refunds(self) -> list[dict]:
        return self.api.get("/v1/refunds", params={"limit": 100}).json()["data"]


@pytest.fixture(scope="session")
def stand_in_url(tmp_path_factory) -> Iterator[str]:
    with stand_in_process.stand_in(tmp_path_factory.mktemp("stripe"), web_port=None, webhook_secret="") as url:
        yield url


@pytest.fixture
def stand_in(stand_in_url, settings) -> Iterator[StandIn]:
    settings.STRIPE_API_BASE = stand_in_url
    provider.cache_clear()
    stand_in = StandIn(stand_in_url)
    stand_in.control("reset")
    yield stand_in
    provider.cache_clear()
