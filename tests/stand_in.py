"""The Stripe stand-in as a process of this test worker: real HTTP both ways, and a hand on its controls."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
import stripe
from django.conf import settings as django_settings
from django.urls import reverse

from devstack import stripe as stand_in_process
from payments.gateway import provider
from stripe_sandbox.forms import decode
from tests.plain_http import client
from tests.stripe_sandbox.checked import CheckedHTTP
from tests.stripe_sandbox.contract import request_problems

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

    def listen(self, site: str) -> None:
        """From now on events are sent to the site's two addresses, signed with the settings' own secrets."""
        for endpoint in self.api.get("/v1/webhook_endpoints").json()["data"]:
            self.api.delete(f"/v1/webhook_endpoints/{endpoint['id']}")
        django_settings.STRIPE_WEBHOOK_SECRET = self._listening(site + reverse("payments:webhook"))
        django_settings.STRIPE_CONNECT_WEBHOOK_SECRET = self._listening(
            site + reverse("payments:connect_webhook"), connect="true"
        )

    def _listening(self, url: str, **more: str) -> str:
        given = {"url": url, "enabled_events[0]": "*", **more}
        return self.api.post("/v1/webhook_endpoints", data=given).json()["secret"]

    def control(self, what: str, /, **body: object) -> None:
        self.http.post(f"/_sandbox/{what}", json=body).raise_for_status()

    def recover(self) -> None:
        """The trouble that was ordered is over."""
        self.http.delete("/_sandbox/faults").raise_for_status()

    def counts(self) -> dict[str, int]:
        return self.http.get("/_sandbox/state").json()

    def refunds(self) -> list[dict]:
        return self.listed("refunds")

    def listed(self, what: str, **filters: str) -> list[dict]:
        """Newest first."""
        return self.api.get(f"/v1/{what}", params={"limit": 100, **filters}).json()["data"]


@pytest.fixture(scope="session")
def stand_in_url(tmp_path_factory) -> Iterator[str]:
    with stand_in_process.stand_in(tmp_path_factory.mktemp("stripe"), web_port=None, webhook_secret="") as url:
        yield url


@pytest.fixture
def stand_in(stand_in_url, settings, checked_http) -> Iterator[StandIn]:
    settings.STRIPE_API_BASE = stand_in_url
    provider.cache_clear()
    stand_in = StandIn(stand_in_url)
    stand_in.control("reset")
    yield stand_in
    provider.cache_clear()


@pytest.fixture(scope="class")
def lasting_stand_in(stand_in_url) -> Iterator[StandIn]:
    """For what is told to it once for a class of tests."""
    with pytest.MonkeyPatch.context() as patch:
        problems = _checking(patch)
        patch.setattr(django_settings, "STRIPE_API_BASE", stand_in_url)
        provider.cache_clear()
        stand_in = StandIn(stand_in_url)
        stand_in.control("reset")
        yield stand_in
        assert problems == []
    provider.cache_clear()


@pytest.fixture
def checked_http(monkeypatch) -> Iterator[list[str]]:
    """Whatever this process asks the stand-in, and is answered, is as the SDK declares it; or the test fails."""
    problems = _checking(monkeypatch)
    yield problems
    assert problems == []


def _checking(patch: pytest.MonkeyPatch) -> list[str]:
    """What is found wrong from now on, until the patch is taken back."""
    problems: list[str] = []

    class Checked(CheckedHTTP):
        def __init__(self, **options: object) -> None:
            super().__init__(**options)
            self.problems = problems

        def check(self, method: str, url: str, sent: str | None, answer: dict, status: int) -> None:
            """What was refused is looked at too: it was we who asked."""
            parts = urlsplit(url)
            found = request_problems(method, parts.path, decode(sent or parts.query)) if status >= 400 else []
            self.problems += [f"{method} {parts.path}: {problem}" for problem in found]
            super().check(method, url, sent, answer, status)

    patch.setattr(stripe, "RequestsClient", Checked)
    return problems
