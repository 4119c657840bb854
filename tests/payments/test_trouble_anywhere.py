"""Stripe slow, failing, refusing for now, or cut off in mid-call, at each place where it is asked: no money moves
twice, and the work is done later all the same."""

from collections.abc import Callable
from uuid import uuid4

import pytest
import stripe

from payments.errors import ProviderUnavailable
from payments.gateway.by_stripe import asking
from payments.models import Payout
from tests.payments import whole_story
from tests.payments.serving import all_is_well
from tests.payments.whole_story import EXPECTED, Story
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)

# Where the product asks, as the stand-in sees it.
PLACES = [
    ("POST", "/v1/customers"),
    ("POST", "/v1/checkout/sessions"),
    ("GET", "/v1/checkout/sessions/*"),
    ("POST", "/v1/payment_intents"),
    ("POST", "/v1/payment_intents/*/confirm"),
    ("POST", "/v1/accounts"),
    ("POST", "/v1/account_links"),
    ("GET", "/v1/accounts/*"),
    ("GET", "/v1/payouts"),
    ("POST", "/v1/refunds"),
    ("GET", "/v1/refunds/*"),
    ("POST", "/v1/transfers"),
    ("GET", "/v1/disputes/*"),
    ("POST", "/v1/transfers/*/reversals"),
]
# The SDK asks three times; when the limit is reached it does not ask again.
TROUBLE = {
    "500": {"kind": "error", "times": 3},
    "500 after it was done": {"kind": "error_after", "times": 3},
    "429": {"kind": "error", "status": 429},
    "cut after it was done": {"kind": "drop", "times": 3},
    "silence": {"kind": "timeout", "seconds": 1, "times": 3},
    "slow": {"kind": "slow", "seconds": 1, "times": 3},
}


@pytest.fixture
def impatient(monkeypatch) -> None:
    """A second is to the client what half a minute is else, and it hardly waits before it asks again."""
    monkeypatch.setattr(asking, "TIMEOUT_S", 0.25)
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.02)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.1)


def test_undisturbed_it_comes_to_its_end(stand_in, client_user, companion):
    story = Story(stand_in, client_user, companion)
    for step in story.steps:
        step()
    assert story.moved_at_stripe() == EXPECTED
    all_is_well()


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
def test_no_money_moves_twice_and_it_is_done_later(stand_in, client_user, companion, impatient, trouble):
    for method, path in PLACES:
        stand_in.control("faults", method=method, path=path, **trouble)
    story = Story(stand_in, client_user, companion)
    failed = [again_and_again(step) for step in story.steps]
    assert sum(failed) >= len(PLACES)
    assert not stand_in.http.get("/_sandbox/faults").json()["faults"]
    assert story.moved_at_stripe() == EXPECTED
    all_is_well()


def again_and_again(step: Callable[[], object]) -> int:
    """Somebody clicks again, or a worker takes it up, until Stripe answers; how often it did not."""
    failures = 0

    def is_done() -> bool:
        nonlocal failures
        try:
            step()
        except ProviderUnavailable:
            failures += 1
            return False
        return True

    until(is_done, seconds=60, what=step.__name__)
    return failures


@pytest.mark.books_differ("paid out twice, as the negative control means to")
def test_asked_under_a_new_key_each_time_money_would_move_twice(stand_in, client_user, companion, monkeypatch):
    """The keys are what holds: without them the same trouble makes two transfers, as long as the charge has enough."""
    monkeypatch.setattr(whole_story, "USED", 1000)
    monkeypatch.setattr(Payout, "idempotency_key", property(lambda self: str(uuid4())))
    stand_in.control("faults", method="POST", path="/v1/transfers", kind="drop", times=3)
    story = Story(stand_in, client_user, companion)
    for step in story.steps[:12]:
        again_and_again(step)
    assert story.moved_at_stripe()["transfer"] == 2
