"""The figures' SQL held against plain Python that reads like the definitions, on random histories."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from django.db import connection

from bookings.models import Booking, Reply, Segment, State, Step, Terms
from bookings.services.figures import Figures, figures_of
from common.clock import database_now_ms, moment
from listings.models import Listing
from payments.models import Account, AccountKind
from tests.cast import a_listing, a_user
from tests.orders import MINUTE, past_the_triggers

pytestmark = pytest.mark.django_db
DAY = 24 * 60 * MINUTE


@dataclass
class Story:
    """One order as it might have gone, in ms before now."""

    age: int
    now: bool
    state: State
    was_paid: bool
    accepted_after: int | None
    began_after: int | None
    by_her: bool
    stopped_for: str
    stayed_away: int
    missed_by: str
    hindered: bool
    waits: list[tuple[int, int]] = field(default_factory=list)


FIRST_WINDOW, PAUSE_LIMIT = 3 * MINUTE, 10 * MINUTE
AHEAD = 300 * MINUTE
WAYS_OUT = [State.SETTLED] * 4 + [State.DECLINED, State.EXPIRED, State.CANCELLED, State.NO_SHOW, State.LIVE]


def a_story(chance: random.Random) -> Story:
    state = chance.choice(WAYS_OUT)
    taken = state in (State.SETTLED, State.NO_SHOW, State.LIVE) or (state == State.CANCELLED and chance.random() < 0.7)
    met = state in (State.SETTLED, State.LIVE)
    return Story(
        age=chance.randrange(1, 100 * DAY),
        now=chance.random() < 0.8,
        state=state,
        was_paid=taken or state == State.DECLINED or chance.random() < 0.7,
        accepted_after=chance.randrange(FIRST_WINDOW) if taken else None,
        began_after=chance.randrange(2 * FIRST_WINDOW) if met else None,
        by_her=chance.random() < 0.5,
        stopped_for=chance.choice(["reply_overdue", "companion_away", "client_away", "ended_by_client", "deadline"]),
        stayed_away=chance.choice([0, PAUSE_LIMIT - 1, PAUSE_LIMIT, PAUSE_LIMIT + 1]),
        missed_by=chance.choice(["her", "her", "him", "nobody"]) if state == State.NO_SHOW else "",
        hindered=chance.random() < 0.3,
        waits=[(chance.randrange(1, 100 * DAY), chance.randrange(90_000)) for _ in range(chance.randrange(8))],
    )


def is_in_window(age: int) -> bool:
    return age < 90 * DAY


def expected(stories: list[tuple[int, Story]]) -> dict:
    """The definitions of bookings/services/figures.py, as plain Python over the stories of one companion."""
    counts: dict[str, int] = defaultdict(int)
    by_listing: dict[int, list[int]] = defaultdict(list)
    for listing_id, story in stories:
        by_listing[listing_id] += [wait for age, wait in story.waits if is_in_window(age)]
        if not is_in_window(story.age):
            continue
        took = story.accepted_after is not None
        ran_out = story.state == State.EXPIRED and story.was_paid
        counts["accepted"] += took
        parted = story.state == State.CANCELLED and story.was_paid and story.by_her
        counts["answered"] += took or not story.hindered and (story.state == State.DECLINED or ran_out or parted)
        counts["due"] += story.began_after is not None or story.missed_by == "her"
        counts["begun"] += story.began_after is not None and story.began_after <= FIRST_WINDOW
        left_him = story.stopped_for in ("reply_overdue", "companion_away") and story.stayed_away >= PAUSE_LIMIT
        stepped_back = story.state == State.CANCELLED and took and story.by_her
        counts["taken"] += story.state == State.SETTLED or story.missed_by == "her" or stepped_back
        counts["completed"] += story.state == State.SETTLED and not left_him
    everything = [wait for some in by_listing.values() for wait in some]
    medians = {pk: (len(some), middle(some)) for pk, some in by_listing.items() if some}
    return {**counts, "replies": len(everything), "median": middle(everything), "listings": medians}


def middle(waits: list[int]) -> int | None:
    return sorted(waits)[(len(waits) - 1) // 2] if waits else None


class Historian:
    """Writes stories straight into the tables, with what the triggers would have written."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms
        self.client = a_user("everybody")
        self.free_from = now_ms - 10_000 * DAY
        with connection.cursor() as cursor:
            # Histories in which she is in several orders at once; the rule comes back with the end of the test.
            cursor.execute("DROP INDEX booking_one_running_per_companion")

    @past_the_triggers()
    def write(self, listing: Listing, story: Story) -> None:
        made = self.now_ms - story.age
        booking = self._booking(listing, story, made)
        paid, met = made, story.began_after
        steps = [(State.REQUESTED, paid)] if story.was_paid else []
        if story.accepted_after is not None:
            steps.append((State.ACCEPTED, paid + story.accepted_after))
        if met is not None:
            steps += [(State.LIVE, self._agreed(story, made) + met), (State.LIVE, self.now_ms)]
        steps.append((story.state, self.now_ms))
        Step.objects.bulk_create(Step(booking=booking, state=state, at_ms=at) for state, at in steps)
        self._replies(booking, story)

    def _agreed(self, story: Story, made: int) -> int:
        """When it was to begin: an appointment hours after it was accepted."""
        return made + (story.accepted_after or 0) + (0 if story.now else AHEAD)

    def _booking(self, listing: Listing, story: Story, made: int) -> Booking:
        hold, earned = (
            Account.objects.create(kind=kind, owner=str(uuid4()), credit_normal=True)
            for kind in (AccountKind.HOLD, AccountKind.EARNED)
        )
        settled, is_live = story.state == State.SETTLED, story.state == State.LIVE
        stop = self._next_stop() if settled else 0
        by = (listing.companion.user if story.by_her else self.client) if story.state == State.CANCELLED else None
        booking = Booking.objects.create(
            client=self.client,
            companion=listing.companion.user,
            listing=listing,
            # Offline, so that the client may be in many at once.
            online=not is_live,
            now=story.now,
            starts_ms=None if story.now else self._agreed(story, made),
            state=story.state,
            granted_ms=30 * MINUTE,
            live_since_ms=self.now_ms if is_live else None,
            due_ms=self.now_ms if is_live else None,
            ended_ms=stop + story.stayed_away if settled else None,
            cancelled_by=by,
            missed_by={"her": listing.companion.user, "him": self.client}.get(story.missed_by),
            hindered=story.hindered,
            hold_account=hold,
            earned_account=earned,
        )
        Booking.objects.filter(pk=booking.pk).update(created_at=moment(made))
        Terms.objects.create(
            booking=booking,
            kind="listener",
            price_fen=2000,
            ordered_min=30,
            prepaid_fen=1000,
            promise_ms=60_000,
            accept_window_ms=FIRST_WINDOW,
            first_message_window_ms=FIRST_WINDOW,
            pause_limit_ms=PAUSE_LIMIT,
            refund_policy={},
        )
        for start, end, why in self._stretches(story, stop) if settled else []:
            Segment.objects.create(
                booking=booking, companion=booking.companion, start_ms=start, end_ms=end, stop_reason=why
            )
        return booking

    def _next_stop(self) -> int:
        """When the last stretch of the next settled order ends; no two orders overlap."""
        self.free_from += DAY
        return self.free_from

    def _stretches(self, story: Story, stop: int) -> list[tuple[int, int, str]]:
        before = (stop - 60 * MINUTE, stop - 50 * MINUTE, "companion_away")
        return [before, (stop - 5 * MINUTE, stop, story.stopped_for)]

    def _replies(self, booking: Booking, story: Story) -> None:
        Reply.objects.bulk_create(
            Reply(
                booking=booking,
                companion=booking.companion,
                asked_ms=self.now_ms - age - wait,
                replied_ms=self.now_ms - age,
            )
            for age, wait in story.waits
        )


@pytest.mark.parametrize("seed", range(6))
def test_the_statement_agrees_with_the_definitions_on_random_histories(seed):
    chance = random.Random(seed)
    now_ms = database_now_ms()
    historian = Historian(now_ms)
    listings = [a_listing(f"one{seed}"), a_listing(f"two{seed}")]
    listings.append(Listing.objects.get(pk=a_listing(f"three{seed}").pk))
    Listing.objects.filter(pk=listings[2].pk).update(companion=listings[0].companion)
    listings[2].refresh_from_db()
    told: dict[int, list[tuple[int, Story]]] = defaultdict(list)
    for _ in range(60):
        listing, story = chance.choice(listings), a_story(chance)
        historian.write(listing, story)
        told[listing.companion.user_id].append((listing.pk, story))
    for found in figures_of(user_ids=list(told), now_ms=now_ms):
        assert as_counts(found) == expected(told[found.user_id])


def as_counts(found: Figures) -> dict:
    return {
        "accepted": found.acceptance.good,
        "answered": found.acceptance.all,
        "due": found.on_time.all,
        "begun": found.on_time.good,
        "taken": found.completion.all,
        "completed": found.completion.good,
        "replies": found.waits.replies,
        "median": found.waits.median_ms,
        "listings": {pk: (waits.replies, waits.median_ms) for pk, waits in found.by_listing.items()},
    }
