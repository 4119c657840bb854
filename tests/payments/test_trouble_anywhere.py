"""Stripe slow, failing, refusing for now, or cut off in mid-call, at each place where it is asked: no money moves
twice, and the work is done later all the same."""

from collections.abc import Callable
from uuid import uuid4

import pytest
import stripe
from django.db.models import F

from payments import services
from payments.errors import ProviderUnavailable
from payments.gateway.by_stripe import asking
from payments.models import Payment, Payout
from payments.services import ways
from tests.payments import whole_story
from tests.payments.errands import Errands
from tests.payments.serving import all_is_well
from tests.payments.whole_story import Story
from tests.stand_in import StandIn
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)

# So long Stripe keeps a key in mind.
A_DAY_S = 86401
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


@pytest.mark.parametrize("way", [Story, Errands])
def test_undisturbed_it_comes_to_its_end(stand_in, client_user, companion, way):
    gone = way(stand_in, client_user, companion)
    for step in gone.steps:
        step()
    gone.must_be_done_once()
    all_is_well()


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
@pytest.mark.parametrize("way", [Story, Errands])
def test_nothing_is_done_twice_and_all_is_done_later(stand_in, client_user, companion, impatient, way, trouble):
    for method, path in way.PLACES:
        stand_in.control("faults", method=method, path=path, **trouble)
    gone = way(stand_in, client_user, companion)
    failed = [again_and_again(step) for step in gone.steps]
    assert sum(failed) >= len(way.PLACES)
    assert not stand_in.http.get("/_sandbox/faults").json()["faults"]
    gone.must_be_done_once()
    all_is_well()


@pytest.mark.parametrize("kind", ["error_kept", "error_kept_after"])
@pytest.mark.parametrize("way", [Story, Errands])
def test_an_error_that_stripe_repeats_for_its_key_ends_with_the_day_or_with_another_key(
    stand_in, client_user, companion, impatient, way, kind
):
    places = [path for method, path in way.PLACES if method == "POST"]
    for path in places:
        stand_in.control("faults", method="POST", path=path, kind=kind)
    gone = way(stand_in, client_user, companion)
    for step in gone.steps:
        meanwhile = Meanwhile(stand_in)
        again_and_again(step, meanwhile=meanwhile)
        meanwhile.is_over()
    assert not stand_in.http.get("/_sandbox/faults").json()["faults"]
    gone.must_be_done_once()
    all_is_well()


class Meanwhile:
    """What happens until somebody tries again: first nothing; then a worker looks after charges, and a day passes."""

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in, self.failures = stand_in, 0

    def __call__(self) -> None:
        self.failures += 1
        if self.failures == 1:
            return
        Payment.objects.exclude(unsure_since=None).update(unsure_since=F("unsure_since") - ways.LONGEST_CALL)
        for payment in Payment.objects.payable():
            services.sync_payment(payment=payment)
        if self.failures > 2:
            self.stand_in.control("clock", advance=A_DAY_S)

    def is_over(self) -> None:
        """Our own clock has stood still: what is begun next is begun today."""
        for _ in range(self.failures - 2):
            self.stand_in.control("clock", advance=-A_DAY_S)


def again_and_again(step: Callable[[], object], meanwhile: Callable[[], object] = lambda: None) -> int:
    """Somebody clicks again, or a worker takes it up, until Stripe answers; how often it did not."""
    failures = 0

    def is_done() -> bool:
        nonlocal failures
        try:
            step()
        except ProviderUnavailable:
            failures += 1
            meanwhile()
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
