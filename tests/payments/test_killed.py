"""Killed between any two steps of paying, sending back, paying out and losing a dispute: it goes on to the same end."""

from collections import Counter
from collections.abc import Callable
from uuid import uuid4

import pytest

from payments import tasks
from payments.models import Payout
from tests.dying import dies_at
from tests.payments import whole_story
from tests.payments.serving import all_is_well
from tests.payments.whole_story import EXPECTED, Story

pytestmark = pytest.mark.django_db(transaction=True)
# So many moments the longest part has, and this one of paying out is just after Stripe has answered.
LAST, ANSWERED = 14, 9
TOLD: list[Counter] = []


def parts(story: Story) -> list[tuple[Callable[[], object], ...]]:
    """What one process does at a stretch."""
    return [
        (story.ask_for_the_page,),
        (story.pay, story.come_back),
        (story.charge_the_card,),
        (story.begin_account,),
        (story.tell_all, story.look_at_account),
        (story.serve, story.send_refunds),
        (story.release, story.send_payouts),
        (story.complain, story.hear_of_it, story.lose, story.hear_the_end),
        (story.book, story.fetch_back),
    ]


def lived_through(story: Story, moment: int) -> int:
    """Each part is killed at this moment of its own, then taken up again; how many were."""
    killed = 0
    for part in parts(story):
        killed += dies_at(moment, lambda: [step() for step in part])  # noqa: B023 - it runs now
        for step in part:
            step()
        # What nobody clicks on the worker finds by itself.
        tasks.catch_up()
    return killed


@pytest.mark.parametrize("moment", range(1, LAST + 1))
def test_it_goes_on_to_the_same_end(stand_in, client_user, companion, at_once, moment):
    story = Story(stand_in, client_user, companion)
    assert lived_through(story, moment) > 0
    assert story.moved_at_stripe() == EXPECTED
    assert story.told() == undisturbed(stand_in, client_user, companion)
    all_is_well()


def test_there_is_no_later_moment(stand_in, client_user, companion, at_once):
    assert lived_through(Story(stand_in, client_user, companion), LAST + 1) == 0


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
