"""She has to get to where two meet: no order ends so late before it that she would not, whoever orders first."""

from datetime import timedelta
from functools import partial
from importlib import import_module
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from bookings import services
from bookings.errors import AppointmentComes, NoTimeNow
from bookings.models import Booking, State
from common.errors import UserError
from listings.errors import NotFreeThen, TimeTaken
from listings.models import Listing, TakenTime
from tests.cast import a_listing
from tests.orders import on_the_half_hour, ordered, requested
from tests.papers import identify
from tests.rivals import rival
from tests.rules import empty, rule_dropped
from tests.visits import a_place, ask_for, due_in

WAY = timedelta(minutes=30)


@pytest.fixture
def dining(db) -> Listing:
    return a_place("ruby", kind="dining")


@pytest.fixture
def talk(dining) -> Listing:
    """Of the same companion."""
    return a_listing("ruby", companion=dining.companion)


def taken(booking: Booking) -> TakenTime:
    return TakenTime.objects.get(ref=booking.pk)


@pytest.mark.django_db
class TestTheWayThere:
    def test_is_promised_with_the_meeting_and_not_with_a_talk(self, client_user, other_client, dining, talk):
        meal = taken(ask_for(client_user, dining))
        assert meal.starts_at - meal.sets_off_at == meal.free_again_at - meal.ends_at == WAY
        assert taken(ordered(other_client, talk, starts_at=on_the_half_hour(30))).sets_off_at is None

    def test_is_kept_free_after_a_talk(self, client_user, other_client, dining, talk):
        before = ordered(client_user, talk, starts_at=on_the_half_hour())
        with pytest.raises(NotFreeThen):
            ask_for(other_client, dining, starts_at=before.ends_at)
        assert ask_for(other_client, dining, starts_at=before.ends_at + WAY)

    def test_is_kept_free_for_a_talk_too(self, client_user, other_client, dining, talk):
        meal = ask_for(client_user, dining)
        half_an_hour = timedelta(minutes=30)
        with pytest.raises(NotFreeThen):
            ordered(other_client, talk, starts_at=meal.starts_at - half_an_hour)
        assert ordered(other_client, talk, starts_at=meal.starts_at - half_an_hour - WAY)

    def test_between_two_meetings_is_gone_once(self, client_user, other_client, dining):
        first = ask_for(client_user, dining)
        assert ask_for(other_client, dining, starts_at=first.ends_at + WAY)

    @pytest.mark.parametrize("minutes", [60, 70])
    def test_is_not_talked_away_at_this_moment(self, client_user, other_client, dining, talk, minutes):
        """Thirty minutes, eight to begin them, thirty on the way: seventy are enough, sixty are not."""
        due_in(ask_for(client_user, dining), minutes + 10)
        if minutes == 70:
            assert services.accept(booking=requested(other_client, talk), by=talk.companion.user)
        else:
            with pytest.raises(NoTimeNow):
                ordered(other_client, talk)

    def test_is_looked_at_when_she_accepts_as_well(self, client_user, other_client, dining, talk):
        waiting = requested(other_client, talk)
        due_in(ask_for(client_user, dining), 60)
        with pytest.raises(AppointmentComes):
            services.accept(booking=waiting, by=waiting.companion)

    def test_is_free_again_with_the_meeting(self, client_user, other_client, dining, talk):
        meal = ask_for(client_user, dining)
        services.cancel(booking=meal, by=client_user)
        assert ordered(other_client, talk, starts_at=meal.starts_at - timedelta(minutes=30))


def both_at_once(meal: dict, chat: dict) -> tuple[str, str]:
    """The one orders, and before that is committed the other orders right before it: what became of each."""
    outcome = []
    with rival(lambda: outcome.append(_asked(meal))) as meanwhile:
        result = meanwhile(partial(_asked, chat))
    return outcome[0], result()


def _asked(order: dict) -> str:
    try:
        return services.order(request_key=uuid4(), **order).state
    except UserError as error:
        return error.code


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.fixture
    def orders(self, client_user, other_client, dining, talk) -> list[dict]:
        identify(client_user)
        then = on_the_half_hour()
        meal = {"by": client_user, "listing": dining, "minutes": 60, "starts_at": then}
        chat = {"by": other_client, "listing": talk, "minutes": 30, "starts_at": then - timedelta(minutes=30)}
        return [meal, chat]

    @pytest.mark.parametrize("first", [0, 1])
    def test_whoever_is_first_has_it_and_the_other_hears_why_not(self, orders, first):
        outcome = both_at_once(orders[first], orders[1 - first])
        assert outcome == (State.AWAITING_PAYMENT, TimeTaken.code)

    @pytest.mark.parametrize("first", [0, 1])
    def test_control_without_the_rule_she_would_have_to_be_there_at_once(self, orders, first):
        with rule_dropped("listings_takentime", "taken_time_way"):
            assert both_at_once(orders[first], orders[1 - first]) == (State.AWAITING_PAYMENT, State.AWAITING_PAYMENT)
            empty("bookings_booking", "listings_takentime")


@pytest.mark.django_db
class TestWhatWasPromisedBefore:
    @pytest.fixture(autouse=True)
    def _before_the_rule(self, db) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE listings_takentime DROP CONSTRAINT taken_time_way")

    def fill(self) -> None:
        """As at the migration: nothing has a way yet, the rule is there, then each meeting gets its own."""
        TakenTime.objects.update(sets_off_at=None)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE listings_takentime ADD CONSTRAINT taken_time_way" + EXCLUDE)
            cursor.execute(import_module("bookings.migrations.0021_way_there").FILL)

    def test_gets_its_way(self, client_user, other_client, dining, talk):
        meal, chat = ask_for(client_user, dining), ordered(other_client, talk, starts_at=on_the_half_hour(30))
        self.fill()
        assert (taken(meal).starts_at - taken(meal).sets_off_at, taken(chat).sets_off_at) == (WAY, None)

    @pytest.mark.parametrize("minutes", [0, 10])
    def test_stays_promised_where_there_is_none_and_takes_what_there_is(self, client_user, dining, minutes):
        meal = taken(ask_for(client_user, dining))
        ends_at = meal.starts_at - timedelta(minutes=minutes)
        times = {"starts_at": ends_at - timedelta(hours=1), "ends_at": ends_at, "free_again_at": ends_at}
        TakenTime.objects.create(companion=dining.companion, ref=uuid4(), **times)
        self.fill()
        meal.refresh_from_db()
        assert meal.sets_off_at == ends_at

    def test_what_is_over_is_left_alone(self, client_user, dining):
        meal = due_in(ask_for(client_user, dining), -5)
        self.fill()
        assert taken(meal).starts_at < timezone.now()
        assert taken(meal).sets_off_at is None


EXCLUDE = """
 EXCLUDE USING gist (companion_id WITH =, tstzrange(coalesce(sets_off_at, starts_at), ends_at, '[)') WITH &&)
"""
