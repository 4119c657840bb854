"""The port asks for nothing that only Stripe has: an adapter to something else passes the same suite."""

import json
import time

import pytest

from payments.errors import RefundRefused
from payments.gateway import provider
from payments.gateway.values import AccountState, Checkout, Happening
from tests.payments.providers.suite import DECLINED, GOOD, ProviderSuite
from tests.payments.providers.tiny import SECRET, TinyProvider, sealed


class AtTiny:
    def __init__(self) -> None:
        self.provider = TinyProvider()

    def pay(self, checkout: Checkout, card: str = GOOD) -> None:
        if card != DECLINED:
            taken = self.provider.take(checkout.id, card)
            self.provider.till.change(checkout.id, status="complete", capture=taken)

    def leave_card(self, page_url: str) -> None:
        page_id = page_url.rpartition("/")[2]
        card = self.provider.keep_card(self.provider.pages[page_id].customer_id, GOOD)
        self.provider.till.change(page_id, status="complete", card=card)

    def prove(self, redirect_url: str) -> None:
        self.provider.charge(redirect_url.rpartition("/")[2])

    def verify(self, account_id: str) -> None:
        self.provider.till.keep(AccountState(account_id, True, True, True, (), "", "6789"))

    def cut_off(self, account_id: str) -> None:
        del self.provider.till.things[account_id]

    def dispute(self, charge_id: str) -> str:
        return self.provider.complain(charge_id)

    def decide(self, dispute_id: str, *, won: bool) -> None:
        self.provider.decide(dispute_id, won=won)

    def told(self, *, secret: str | None = None, age_s: int = 0) -> tuple[bytes, str]:
        body, moment = json.dumps(self.provider.till.events[0]).encode(), str(int(time.time()) - age_s)
        return body, f"{moment}.{sealed(body, moment, secret.encode() if secret else SECRET)}"


class TestTiny(ProviderSuite):
    @pytest.fixture
    def house(self) -> AtTiny:
        return AtTiny()


def test_the_settings_name_the_adapter(settings):
    settings.PAYMENT_PROVIDER = "tests.payments.providers.tiny.TinyProvider"
    provider.cache_clear()
    try:
        assert isinstance(provider(), TinyProvider)
    finally:
        provider.cache_clear()


class ForgetsKeys(TinyProvider):
    def create_refund(self, *, key: str, **asked):
        return super().create_refund(key=key + self.till.id(""), **asked)


class SendsTooMuch(TinyProvider):
    def _brought(self, charge_id: str) -> int:
        return 10**9


class BelievesAnything(TinyProvider):
    def open_happening(self, payload, signature, *, of_companions=False):
        event = json.loads(payload)
        return Happening(event["id"], "paid", event)


class LosesALine(TinyProvider):
    def entries(self, *, since_s=0):
        return (entry for entry in super().entries(since_s=since_s) if entry.kind != "transfer_refund")


@pytest.mark.parametrize(
    ("wrong", "notices"),
    [
        (ForgetsKeys, ProviderSuite.test_money_goes_back_once_and_never_more_than_came),
        (SendsTooMuch, ProviderSuite.test_a_charge_carries_no_more_than_it_brought),
        (BelievesAnything, ProviderSuite.test_a_webhook_is_believed_when_it_is_signed_and_new),
        (LosesALine, ProviderSuite.test_the_lines_of_its_book_add_up),
    ],
)
def test_the_suite_notices_an_adapter_that_is_wrong(wrong, notices):
    house = AtTiny()
    house.provider = wrong()
    with pytest.raises((AssertionError, pytest.fail.Exception, RefundRefused)):
        notices(ProviderSuite(), house)
