"""A code that was typed without a network and came later: it counts from when it was typed, as far as that is believed.

All moments are minutes from the agreed time.
"""

from collections.abc import Iterator
from functools import partial
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection

from bookings import services
from bookings.errors import CodeReplaced, MissedMeanwhile, NotPossibleNow, WrongCode
from bookings.models import Booking, CodeEntry, MeetingCode, Segment, State, Terms
from bookings.services.price import counted_min, least_served_ms, posting_lag_ms
from common.clock import moment
from listings.models import TakenTime
from payments.models import Refund
from payments.services.books import check_books
from tests.bookings.typed import Meeting
from tests.cast import a_listing, a_user
from tests.clock import clock_in_hand
from tests.orders import MINUTE, live, pay_on_top, settle
from tests.visits import END, START, a_place, agreed, another, code

pytestmark = pytest.mark.django_db
MS = 1 / MINUTE
exactly = partial(pytest.approx, rel=0, abs=MS / 10)


@pytest.fixture(autouse=True)
def clock(db) -> Iterator[None]:
    with clock_in_hand():
        yield


@pytest.fixture
def visit(client_user) -> Meeting:
    return Meeting(agreed(client_user, a_place("shen")))


@pytest.fixture
def meal(client_user) -> Meeting:
    """Four hours of it, 60 yuan each."""
    return Meeting(agreed(client_user, a_place("ruby", kind="dining"), minutes=240))


# The start


def test_the_clock_starts_when_it_was_typed_and_all_follows_from_there(visit):
    booking = visit.types(START, 3, 13)
    assert (booking.state, visit.began) == (State.LIVE, 3)
    assert booking.deadline_ms == booking.live_since_ms + 240 * MINUTE
    taken = TakenTime.objects.get(ref=booking.pk)
    assert (taken.starts_at, taken.ends_at) == (moment(booking.live_since_ms), moment(booking.deadline_ms))
    assert booking.steps.get(state=State.LIVE).at_ms == booking.live_since_ms
    services.sweep()
    booking.refresh_from_db()
    assert booking.billed_min == 1


@pytest.mark.parametrize(("comes", "began"), [(-4, -4), (-MS, -MS), (0, 0), (2, 0)])
@pytest.mark.parametrize("said_here", [None, -60, -5])
def test_never_before_the_agreed_time_unless_it_is_here_by_then(visit, comes, began, said_here):
    """That he came early is no word of when she did."""
    if said_here is not None:
        visit.at(said_here)
        services.arrive(booking=visit.booking, by=visit.booking.client)
    visit.types(START, -5, comes)
    assert visit.began == exactly(began)


@pytest.mark.parametrize(("said_here", "began"), [(-30, 3), (3 - MS, 3), (3, 3), (3 + MS, 3 + MS), (13, 13)])
def test_nor_before_she_said_that_she_is_there(visit, said_here, began):
    visit.at(said_here)
    services.arrive(booking=visit.booking, by=visit.booking.companion)
    visit.types(START, 3, 14)
    assert visit.began == exactly(began)


def test_so_who_has_said_that_she_came_late_was_not_on_time(visit):
    visit.at(14)
    services.arrive(booking=visit.booking, by=visit.booking.companion)
    visit.types(START, 0, 14)
    [figures] = services.figures_of(user_ids=[visit.booking.companion_id])
    assert (figures.on_time.good, figures.on_time.all) == (0, 1)


@pytest.mark.parametrize(("typed", "began"), [(3, 4), (4 - MS, 4), (4, 4), (4 + MS, 4 + MS)])
def test_not_before_his_page_had_that_code(visit, typed, began):
    visit.shown(START, 4)
    visit.types(START, typed, 10)
    assert visit.began == exactly(began)


@pytest.mark.parametrize(("typed", "began"), [(3, 4), (4 - MS, 4), (4, 4), (4 + MS, 4 + MS)])
@pytest.mark.parametrize("side", ["client", "companion"])
@pytest.mark.parametrize("whose", ["client", "companion"])
def test_not_while_one_of_the_two_was_in_another_order(visit, typed, began, whose, side):
    """On either side of it."""
    other = ended_at(visit.at(4), **{side: getattr(visit.booking, whose)})
    visit.types(START, typed, 10)
    assert visit.began == exactly(began)
    assert Segment.objects.get(booking=other).end_ms == visit.at(4)


def ended_at(until_ms: int, **whose) -> Booking:
    """Somebody's order, one of the two its client or companion."""
    TakenTime.objects.all().delete()
    other = live(a_user("somebody"), a_listing("song"))
    Booking.objects.filter(pk=other.pk).update(**whose, live_since_ms=until_ms - MINUTE, due_ms=until_ms)
    other.refresh_from_db()
    return services.end(booking=other, by=other.client)


def test_a_phone_that_says_it_was_years_ago_gets_no_more_than_that(visit):
    visit.types(START, -(10**7), 3)
    assert visit.began == 0


def test_what_is_paid_never_lies_in_the_past_already(client_user):
    """He came an hour early, she at the last minute, and her phone says that she typed it when he came."""
    meal = Meeting(agreed(client_user, a_place("ruby", kind="dining"), minutes=60))
    meal.at(-60)
    services.arrive(booking=meal.booking, by=client_user)
    meal.at(14)
    services.arrive(booking=meal.booking, by=meal.booking.companion)
    booking = meal.types(START, -60, 15 - MS)
    assert (booking.state, meal.began) == (State.LIVE, 14)
    assert services.bill_of(booking, now_ms=meal.at(15)).cost == 100


def test_to_the_last_millisecond_before_the_no_show_it_is_in_time(visit):
    assert visit.types(START, 1, 15 - MS).state == State.LIVE
    assert visit.began == 1


@pytest.mark.parametrize("swept", [True, False])
def test_from_then_on_it_is_closed_for_good_whenever_it_was_typed(visit, swept):
    digits = code(visit.booking)
    visit.at(15)
    if swept:
        services.run_due()
    with pytest.raises(MissedMeanwhile):
        visit.types(START, 1, 15, digits)
    services.run_due()
    visit.booking.refresh_from_db()
    assert (visit.booking.state, list(Refund.objects.values_list("amount", flat=True))) == (State.NO_SHOW, [30000])
    with pytest.raises(MissedMeanwhile):
        visit.types(START, 1, 20, digits)
    assert check_books(with_stripe=False) == []


def test_what_was_cancelled_meanwhile_is_cancelled(visit):
    digits = code(visit.booking)
    visit.at(2)
    services.cancel(booking=visit.booking, by=visit.booking.client)
    with pytest.raises(NotPossibleNow):
        visit.types(START, 1, 3, digits)


# The end


def test_the_clock_ends_when_it_was_typed_and_the_rest_goes_back(meal):
    meal.starts(5)
    services.sweep(now_ms=meal.at(70))
    booking = meal.types(END, 50, 71)
    assert (booking.state, meal.ended, booking.closed_ms) == (State.ENDED, 50, 45 * MINUTE)
    assert booking.due_ms == meal.at(71) + settings.POSTING_LAG_MS
    booking = settle(booking)
    assert (booking.billed_min, list(Refund.objects.values_list("amount", flat=True))) == (45, [19500])
    assert check_books(with_stripe=False) == []


@pytest.mark.parametrize(
    ("typed", "ended"), [(4, 5), (5, 5), (5 + MS, 5 + MS), (30, 30)], ids=["before", "at", "after", "long after"]
)
def test_never_before_it_began(meal, typed, ended):
    meal.starts(5)
    meal.types(END, typed, 40)
    assert meal.ended == exactly(ended)


@pytest.mark.parametrize(("typed", "ended"), [(8 - MS, 8), (8, 8), (8 + MS, 8 + MS)])
def test_nor_before_his_page_had_the_end_code(meal, typed, ended):
    meal.starts(5).shown(END, 8)
    meal.types(END, typed, 40)
    assert meal.ended == exactly(ended)


@pytest.mark.parametrize(("typed", "ended"), [(80 - MS, 80), (80, 80), (80 + MS, 80 + MS), (10, 80)])
def test_nor_longer_than_two_hours_ago(meal, typed, ended):
    meal.starts()
    services.sweep(now_ms=meal.at(200))
    meal.types(END, typed, 200)
    assert meal.ended == exactly(ended)
    assert settle(meal.booking).billed_min == 80
    assert check_books(with_stripe=False) == []


def test_what_is_posted_is_not_taken_back_should_the_limit_be_longer_one_day(meal, settings):
    meal.starts()
    services.sweep(now_ms=meal.at(200))
    settings.CODE_LATE_LIMIT_MS = 180 * MINUTE
    booking = meal.types(END, 40, 200)
    assert (booking.billed_min, meal.ended) == (80, 80)
    assert settle(booking).billed_min == 80
    assert check_books(with_stripe=False) == []


def test_a_millisecond_before_the_deadline_it_still_ends_when_it_was_typed(meal):
    meal.starts()
    booking = meal.types(END, 230, 240 - MS)
    assert (booking.state, booking.closed_ms) == (State.ENDED, 230 * MINUTE)


def test_what_has_run_out_has_run_out(meal):
    meal.starts()
    booking = meal.types(END, 230, 240)
    assert (booking.state, booking.closed_ms) == (State.EXHAUSTED, 240 * MINUTE)


def test_a_half_hour_that_began_only_for_lack_of_a_network_is_not_charged(visit):
    visit.starts()
    visit.at(200)
    more = {"booking": visit.booking, "by": visit.booking.client, "minutes": 30, "request_key": uuid4()}
    pay_on_top(services.extend(**more))
    services.sweep(now_ms=visit.at(250))
    booking = settle(visit.types(END, 239, 251))
    assert services.bill_of(booking, now_ms=0).cost == 30000
    assert list(Refund.objects.values_list("amount", flat=True)) == [4000]
    assert check_books(with_stripe=False) == []


def test_control_posted_at_once_it_would_be(visit):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION bookings_posting_lag_ms(unit text, online boolean, p_lag_ms bigint)"
            " RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 0::bigint'"
        )
    visit.starts()
    visit.at(200)
    more = {"booking": visit.booking, "by": visit.booking.client, "minutes": 30, "request_key": uuid4()}
    pay_on_top(services.extend(**more))
    services.sweep(now_ms=visit.at(250))
    booking = settle(visit.types(END, 239, 251))
    assert services.bill_of(booking, now_ms=0).cost == 34000


def test_what_she_typed_before_it_ran_out_is_written_down_all_the_same(meal):
    meal.starts()
    digits, key = code(meal.booking, END), uuid4()
    for comes in (241, 242):
        meal.types(END, 60, comes, digits, request_key=key)
    meal.types(END, 60, 243, another(digits), request_key=uuid4())
    entry = CodeEntry.objects.get()
    assert (entry.purpose, entry.age_ms, entry.refusal) == ("end", 181 * MINUTE, "")
    assert (meal.booking.state, meal.booking.closed_ms) == (State.EXHAUSTED, 240 * MINUTE)


def test_he_ended_it_first(meal):
    meal.starts()
    digits = code(meal.booking, END)
    meal.at(30)
    services.end(booking=meal.booking, by=meal.booking.client)
    meal.types(END, 20, 40, digits)
    assert meal.ended == 30


# Sent again


def test_a_wrong_one_that_is_sent_again_is_one_try(visit):
    wrong, key = another(code(visit.booking)), uuid4()
    for comes in (2, 3, 4):
        with pytest.raises(WrongCode):
            visit.types(START, 1, comes, wrong, request_key=key)
    assert (MeetingCode.objects.get().tries, CodeEntry.objects.get().age_ms) == (1, MINUTE)
    with pytest.raises(WrongCode):
        visit.types(START, 1, 4, wrong, request_key=uuid4())
    assert MeetingCode.objects.get().tries == 2


def test_the_fifth_is_answered_again_as_it_was(visit):
    keys = [uuid4() for _ in range(5)]
    wrong = another(code(visit.booking))
    for key, said in zip([*keys, keys[-1]], [*[WrongCode] * 4, CodeReplaced, CodeReplaced], strict=True):
        with pytest.raises(said):
            visit.types(START, 1, 2, wrong, request_key=key)
    assert list(MeetingCode.objects.order_by("number").values_list("tries", flat=True)) == [5, 0]


def test_the_right_one_sent_again_changes_nothing(meal):
    start, end = uuid4(), uuid4()
    digits = code(meal.booking)
    for comes in (3, 5):
        meal.types(START, 1, comes, digits, request_key=start)
    meal.shown(END, 5)
    digits = code(meal.booking, END)
    for comes in (40, 50):
        meal.types(END, 30, comes, digits, request_key=end)
    assert (meal.ended, Segment.objects.count(), CodeEntry.objects.count()) == (30, 1, 2)


# Of one mind


def test_the_database_has_the_settings_limit():
    with connection.cursor() as cursor:
        cursor.execute("SELECT bookings_late_code_ms()")
        assert cursor.fetchone() == (settings.CODE_LATE_LIMIT_MS,)


@pytest.mark.parametrize("unit", ["hour", "visit"])
@pytest.mark.parametrize("online", [True, False])
def test_both_say_how_far_the_ledger_lies_behind(unit, online):
    with connection.cursor() as cursor:
        cursor.execute("SELECT bookings_posting_lag_ms(%s, %s, %s)", [unit, online, settings.POSTING_LAG_MS])
        assert cursor.fetchone() == (posting_lag_ms(Terms(price_unit=unit), online=online),)


@pytest.mark.parametrize("unit", ["hour", "visit"])
@pytest.mark.parametrize("minutes", [1, 2, 60])
def test_the_least_time_for_so_many_minutes_is_just_enough(unit, minutes):
    terms = Terms(price_unit=unit)
    enough = least_served_ms(terms, minutes)
    assert counted_min(terms, served_ms=enough, granted_ms=240 * MINUTE) == minutes
    if enough:
        assert counted_min(terms, served_ms=enough - 1, granted_ms=240 * MINUTE) == minutes - 1
