"""Killed between any two steps of paying, sending back, paying out and losing a dispute: it goes on to the same end."""

from collections import Counter
from collections.abc import Callable
from uuid import uuid4

import pytest

from payments import tasks
from payments.models import Payout
from tests.dying import dies_at
from tests.payments import whole_story
from tests.payments.errands import Errands
from tests.payments.serving import all_is_well
from tests.payments.whole_story import EXPECTED, Story

pytestmark = pytest.mark.django_db(transaction=True)
# So many moments the longest part has, and the longest errand; the last is that of a payout that is just answered.
LAST, LAST_ERRAND, ANSWERED = 15, 15, 9
TOLD: list[Counter] = []


Way = Story | Errands


def parts(way: Way) -> list[tuple[Callable[[], object], ...]]:
    """What one process does at a stretch."""
    if isinstance(way, Errands):
        return [(step,) for step in way.steps]
    return [
        (way.ask_for_the_page,),
        (way.pay, way.come_back),
        (way.charge_the_card,),
        (way.begin_account,),
        (way.tell_all, way.look_at_account),
        (way.serve, way.send_refunds),
        (way.release, way.send_payouts),
        (way.complain, way.hear_of_it, way.lose, way.hear_the_end),
        (way.book, way.fetch_back),
    ]


def lived_through(way: Way, moment: int) -> int:
    """Each part is killed at this moment of its own, then taken up again; how many were."""
    killed = 0
    for part in parts(way):
        killed += dies_at(moment, lambda: [step() for step in part])  # noqa: B023 - it runs now
        for step in part:
            step()
        # What nobody clicks on the worker finds by itself.
        tasks.catch_up()
    return killed


@pytest.mark.parametrize("moment", range(1, LAST_ERRAND + 1))
def test_errands_come_to_the_same_end(stand_in, client_user, companion, at_once, moment):
    errands = Errands(stand_in, client_user, companion)
    assert lived_through(errands, moment) > 0
    errands.must_be_done_once()
    all_is_well()


@pytest.mark.parametrize("moment", range(1, LAST + 1))
def test_it_goes_on_to_the_same_end(stand_in, client_user, companion, at_once, moment):
    story = Story(stand_in, client_user, companion)
    assert lived_through(story, moment) > 0
    assert story.moved_at_stripe() == EXPECTED
    assert story.told() == undisturbed(stand_in, client_user, companion)
    all_is_well()


@pytest.mark.parametrize(("way", "last"), [(Story, LAST), (Errands, LAST_ERRAND)])
def test_there_is_no_later_moment(stand_in, client_user, companion, at_once, way, last):
    assert lived_through(way(stand_in, client_user, companion), last + 1) == 0


def undisturbed(*world: object) -> Counter:
    """What the ledger tells of an order that nobody disturbed; it is the same for all."""
    if not TOLD:
        story = Story(*world)
        for part in parts(story):
            for step in part:
                step()
        TOLD.append(story.told())
    return TOLD[0]


@pytest.mark.books_differ("the second transfer is in no book")
def test_without_keys_it_would_not(stand_in, client_user, companion, at_once, monkeypatch):
    """Killed when Stripe has made the transfer and nobody has written it down."""
    monkeypatch.setattr(Payout, "idempotency_key", property(lambda self: str(uuid4())))
    monkeypatch.setattr(whole_story, "USED", 1000)
    story = Story(stand_in, client_user, companion)
    *before, paying_out = parts(story)[:7]
    for part in before:
        for step in part:
            step()
    assert dies_at(ANSWERED, lambda: [step() for step in paying_out])
    for step in paying_out:
        step()
    assert story.moved_at_stripe()["transfer"] == 2
