"""The adapter for Stripe, over real HTTP against the stand-in."""

import json
import time

import pytest
import stripe

from payments.gateway import provider
from payments.gateway.values import Checkout
from tests.payments.providers.suite import DECLINED, FAILS_LATER, GOOD, PROVES, ProviderSuite
from tests.stand_in import StandIn
from tests.waiting import until

CARDS = {
    GOOD: "4242424242424242",
    DECLINED: "4000000000000002",
    PROVES: "4000002760003184",
    FAILS_LATER: "4000000000000341",
}
SECRET = "whsec_of_the_suite"


class AtStripe:
    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in, self.provider = stand_in, provider()  # type: Provider

    def pay(self, checkout: Checkout, card: str = GOOD) -> None:
        answer = self.stand_in.pay(checkout.url, card=CARDS[card])
        if card == PROVES:
            self.stand_in.prove(answer.headers["location"])

    def leave_card(self, page_url: str) -> None:
        self.stand_in.pay(page_url)

    def prove(self, redirect_url: str) -> None:
        self.stand_in.prove(redirect_url)

    def verify(self, account_id: str) -> None:
        self.stand_in.control(f"accounts/{account_id}/verify")

    def cut_off(self, account_id: str) -> None:
        self.stand_in.control(f"accounts/{account_id}/deauthorize")

    def dispute(self, charge_id: str) -> str:
        self.stand_in.control(f"charges/{charge_id}/dispute", reason="fraudulent")
        [dispute] = self.stand_in.listed("disputes", charge=charge_id)
        return dispute["id"]

    def decide(self, dispute_id: str, *, won: bool) -> None:
        self.stand_in.control(f"disputes/{dispute_id}/{'win' if won else 'lose'}")
        until(lambda: self.provider.retrieve_dispute(dispute_id).outcome != "open", what="the decision")

    def told(self, *, secret: str | None = None, age_s: int = 0) -> tuple[bytes, str]:
        [event, *_] = self.stand_in.listed("events", type="checkout.session.completed")
        body, moment = json.dumps(event), int(time.time()) - age_s
        mac = stripe.WebhookSignature._compute_signature(f"{moment}.{body}", secret or SECRET)
        return body.encode(), f"t={moment},v1={mac}"


@pytest.mark.books_differ("the provider alone is asked, no book is kept")
class TestStripe(ProviderSuite):
    @pytest.fixture
    def house(self, stand_in, settings) -> AtStripe:
        settings.STRIPE_WEBHOOK_SECRET = SECRET
        return AtStripe(stand_in)
