"""Webhooks as the world brings them: early, late, twice, never, in any order, and among them what is no word of
Stripe's. The test carries them itself, from the stand-in's list of events to our two addresses."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db.models import F
from django.test import Client
from django.urls import reverse
from hypothesis import strategies as st

from payments import services, tasks
from payments.gateway import provider
from payments.models import StripeEvent
from stripe_sandbox.webhooks import sign
from tests.stand_in import StandIn

NEVER = 1000
TOO_OLD_S = 301
NOBODY = "http://127.0.0.1:9"


class AtOnce:
    """Each event once, in order, when it happens, and the worker right after it."""

    def delay(self) -> int:
        """How much else happens before it comes."""
        return 0

    def times(self) -> int:
        return 1

    def order(self, events: list) -> list:
        return events

    def works(self) -> bool:
        """Whether the worker comes to it now."""
        return True

    def intruders(self) -> list[str]:
        return []


class Drawn(AtOnce):
    """Whatever Hypothesis thinks of."""

    def __init__(self, draw: Callable[[st.SearchStrategy], Any]) -> None:
        self.draw = draw

    def delay(self) -> int:
        return self.draw(st.sampled_from([0, 1, 4, NEVER]))

    def times(self) -> int:
        return self.draw(st.integers(1, 2))

    def order(self, events: list) -> list:
        return self.draw(st.permutations(events))

    def works(self) -> bool:
        return self.draw(st.booleans())

    def intruders(self) -> list[str]:
        return self.draw(st.lists(st.sampled_from(sorted([*REFUSED, *HARMLESS])), max_size=2))


class Carrier:
    """Takes what the stand-in has to tell to our addresses, as the schedule says."""

    def __init__(self, stand_in: StandIn, schedule: AtOnce) -> None:
        self.stand_in, self.schedule = stand_in, schedule
        self.site = Client()
        self.moment = 0
        self.seen: list[dict] = []
        self.newest: dict[str, str] = {}
        self.out: list[tuple[int, dict]] = []
        stand_in.listen(NOBODY)
        stand_in.control("webhooks", mode="dropped")

    def goes_on(self, accounts: list[str]) -> None:
        """Something has happened: what is due by now is brought, and the worker may come."""
        for event in self.news(accounts):
            self.seen.append(event)
            self.out += [(self.moment + self.schedule.delay(), event)] * self.schedule.times()
        due = [event for moment, event in self.out if moment <= self.moment]
        self.out = [(moment, event) for moment, event in self.out if moment > self.moment]
        for event in self.schedule.order(due):
            assert self.bring(event) == 200
        for name in self.schedule.intruders():
            self.intrude(name)
        if self.schedule.works():
            self.work()
        self.moment += 1

    def news(self, accounts: list[str]) -> Iterator[dict]:
        """What was not seen before, oldest first: of the platform, then of the connected accounts."""
        for account_id in ["", *accounts]:
            headers = {"Stripe-Account": account_id} if account_id else {}
            newer = {"ending_before": self.newest[account_id]} if account_id in self.newest else {}
            params = {"limit": 100, **newer}
            listed = self.stand_in.api.get("/v1/events", params=params, headers=headers).json()["data"]
            if listed:
                self.newest[account_id] = listed[0]["id"]
            yield from reversed(listed)

    def bring(self, event: dict, *, said: str = "", secret: str = "", ago_s: int = 0, other: bool = False) -> int:
        """The answer's status. `said` is what is brought instead of what was signed, `other` the other address."""
        payload = json.dumps(event, ensure_ascii=False)
        signature = sign(payload, secret or secret_for(event), int(time.time()) - ago_s)
        to = address_for(event, other=other)
        headers = {"Stripe-Signature": signature}
        return self.site.post(to, said or payload, "application/json", headers=headers).status_code

    def intrude(self, name: str) -> None:
        """What is no event of Stripe's is refused; what nobody here knows is kept and has no consequence."""
        if name in HARMLESS:
            assert self.bring(HARMLESS[name]) == 200
            return
        before = StripeEvent.objects.count()
        for event in self.seen[-1:]:
            assert self.bring(event, **REFUSED[name](event)) == 400, name
        assert StripeEvent.objects.count() == before

    def work(self) -> None:
        waiting = StripeEvent.objects.filter(processed_at=None).order_by("received_at")
        for event in self.schedule.order(list(waiting)):
            services.apply_event(event_id=event.pk)


def secret_for(event: dict) -> str:
    return settings.STRIPE_CONNECT_WEBHOOK_SECRET if event.get("account") else settings.STRIPE_WEBHOOK_SECRET


def address_for(event: dict, *, other: bool = False) -> str:
    of_companions = bool(event.get("account")) != other
    return reverse("payments:connect_webhook" if of_companions else "payments:webhook")


def forged(event: dict) -> dict[str, Any]:
    return {"said": json.dumps({**event, "type": "refund.failed"})}


REFUSED: dict[str, Callable[[dict], dict[str, Any]]] = {
    "replayed": lambda event: {"ago_s": TOO_OLD_S},
    "forged": forged,
    "signed by somebody": lambda event: {"secret": "whsec_somebody"},
    "for the other address": lambda event: {"other": True},
}
HARMLESS: dict[str, dict] = {
    "thin": {
        "id": "evt_thin",
        "object": "v2.core.event",
        "type": "v1.refund.failed",
        "related_object": {"id": "re_thin", "type": "refund", "url": "/v1/refunds/re_thin"},
    },
    "unknown kind": {
        "id": "evt_kind",
        "object": "event",
        "type": "moon.rose",
        "data": {"object": {"id": "moon_1", "object": "moon"}},
    },
    "unknown refund": {
        "id": "evt_refund",
        "object": "event",
        "type": "refund.failed",
        "data": {"object": {"id": "re_others", "object": "refund", "status": "failed", "metadata": {"ref": "17"}}},
    },
    "unknown account": {
        "id": "evt_account",
        "object": "event",
        "account": "acct_others",
        "type": "account.application.deauthorized",
        "data": {"object": {"id": "ca_others", "object": "application"}},
    },
}


def time_passes() -> None:
    """What was never brought is fetched, what failed is due again, and Stripe is asked about all that is open."""
    for happening in provider().undelivered(since_s=0):
        services.store_event(happening=happening)
    StripeEvent.objects.update(due_at=F("received_at"))
    tasks.ask_stripe()
    # A loss is heard of, shared out and fetched back in a round each.
    for _ in range(3):
        tasks.catch_up()
