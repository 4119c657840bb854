"""What a platform does with its connected accounts, for the tests of Connect."""

from typing import Any

import stripe

from tests.stripe_sandbox.receiver import Receiver
from tests.stripe_sandbox.world import GOOD, World
from tests.waiting import until

AT_ONCE = "4000000000000077"
GOOD_BANK, CLOSED_BANK = "000123456789", "000111111116"
CONTROLLER = {
    "stripe_dashboard": {"type": "express"},
    "fees": {"payer": "application"},
    "losses": {"payments": "application"},
    "requirement_collection": "stripe",
}
PERSON = {"name": "林晓", "birth": "1990-05-01", "id_number": "110101199005010000"}
BACK, AGAIN = "http://shop.test/back", "http://shop.test/again"


def new_account(world: World, *, interval: str = "manual", **more: Any) -> stripe.Account:
    asked: Any = {
        "controller": CONTROLLER,
        "capabilities": {"transfers": {"requested": True}},
        "country": "CN",
        "settings": {"payouts": {"schedule": {"interval": interval}}},
        **more,
    }
    return world.stripe.v1.accounts.create(asked)


def ready_account(world: World, bank: str = GOOD_BANK, **more: Any) -> stripe.Account:
    """One that money can be passed on to and that pays out."""
    made = new_account(world, **more)
    world.control(f"accounts/{made.id}/verify", bank=bank)
    return world.stripe.v1.accounts.retrieve(made.id)


def acting(account: stripe.Account) -> Any:
    return {"stripe_account": account.id}


def charged(world: World, amount: int = 3000, number: str = GOOD, **more: Any) -> stripe.Charge:
    return world.paid(number, amount=amount, **more).payment_intent.latest_charge


def moved(world: World, account: stripe.Account, amount: int = 2000, **more: Any) -> stripe.Transfer:
    """Money that is available there at once."""
    source = charged(world, amount, AT_ONCE).id
    asked: Any = {
        "amount": amount,
        "currency": "cny",
        "destination": account.id,
        "source_transaction": source,
        **more,
    }
    return world.stripe.v1.transfers.create(asked)


def has(world: World, account: stripe.Account | None = None) -> tuple[int, int]:
    """(available, pending) of an account, or of the platform."""
    whole = world.stripe.v1.balance.retrieve(options=acting(account) if account else None)
    return whole.available[0].amount, whole.pending[0].amount


def total(world: World, account: stripe.Account | None = None) -> int:
    return sum(has(world, account))


def onboarding_link(world: World, account: stripe.Account) -> str:
    asked: Any = {"account": account.id, "type": "account_onboarding", "return_url": BACK, "refresh_url": AGAIN}
    return world.stripe.v1.account_links.create(asked).url


def opened(world: World, url: str) -> str:
    """The path of the page that a link leads to."""
    answer = world.browser.get(url)
    assert answer.status_code == 303
    return answer.headers["location"]


def heard(receiver: Receiver, event_type: str, **fields: Any) -> dict[str, Any]:
    """An event whose object is so. Deliveries run side by side: the last to come need not be the last to happen."""

    def found() -> list[dict[str, Any]]:
        events = [letter.event for letter in receiver.letters]
        of_type = [event for event in events if event["type"] == event_type]
        return [event for event in of_type if fields.items() <= event["data"]["object"].items()]

    until(found, what=f"{event_type} with {fields}")
    return found()[0]
