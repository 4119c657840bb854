"""When somebody can be booked: hours, notice, promises, midnight, New Year, and the horizon."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from listings import services
from listings.errors import NotFreeThen, TimeTaken
from listings.kinds import KINDS
from listings.models import TakenTime
from tests.cast import a_companion, a_listing, a_week
from tests.listings.hours import SHANGHAI, at, open_each

pytestmark = pytest.mark.django_db

PAGE_QUERIES = 1
# A Wednesday evening; a week later is New Year's Eve's eve.
NOW = at("2026-12-23 18:05")


@pytest.fixture
def companion(db):
    return a_companion("shanshan", lead_minutes=0, buffer_minutes=10)


def windows(companion, since: str, until: str, now: datetime = NOW) -> list[str]:
    """Free windows as they are read in Shanghai: "31 22:00-01 02:00"."""
    found = services.free_windows([companion.pk], since=at(since), until=at(until), now=now)[companion.pk]
    return [f"{start.astimezone(SHANGHAI):%d %R}-{end.astimezone(SHANGHAI):%d %R}" for start, end in found]


def promise(companion, starts: str, ends: str, **way: int) -> TakenTime:
    services.take_time(companion=companion, ref=uuid4(), starts_at=at(starts), ends_at=at(ends), **way)
    return TakenTime.objects.latest("pk")


def test_nothing_is_free_without_hours(companion):
    assert services.free_windows([companion.pk], now=NOW) == {companion.pk: []}
    assert services.next_free([a_listing("one", companion=companion)], now=NOW) == {}


def test_a_night_goes_on_over_new_year(companion):
    open_each(companion, "3", "22:00", 240)
    assert windows(companion, "2026-12-31 00:00", "2027-01-02 00:00") == ["31 22:00-01 02:00"]
    assert windows(companion, "2027-01-01 00:00", "2027-01-02 00:00") == ["01 00:00-01 02:00"]


def test_sunday_night_belongs_to_sunday(companion):
    open_each(companion, "6", "23:00", 180)
    assert windows(companion, "2026-12-28 00:00", "2026-12-29 00:00") == ["28 00:00-28 02:00"]


def test_nights_that_meet_are_one_window(companion):
    open_each(companion, "34", "00:00", 1440)
    assert windows(companion, "2026-12-30 00:00", "2027-01-05 00:00") == ["31 00:00-02 00:00"]


def test_a_special_day_has_other_hours_than_its_weekday(companion):
    open_each(companion, "34", "20:00", 300)
    services.set_special_day(by=companion.user, day=date(2026, 12, 31), hours=[(600, 60), (1380, 120)])
    assert windows(companion, "2026-12-31 00:00", "2027-01-02 00:00") == [
        "31 10:00-31 11:00",
        "31 23:00-01 01:00",
        "01 20:00-02 00:00",
    ]


def test_a_day_off_begins_after_the_night_before(companion):
    open_each(companion, "34", "22:00", 240)
    services.set_special_day(by=companion.user, day=date(2027, 1, 1))
    assert windows(companion, "2026-12-31 00:00", "2027-01-03 00:00") == ["31 22:00-01 02:00"]


def test_a_promise_takes_the_pauses_around_it(companion):
    open_each(companion, "3", "18:00", 240)
    promise(companion, "2026-12-24 19:00", "2026-12-24 20:00")
    assert windows(companion, "2026-12-24 00:00", "2026-12-25 00:00") == ["24 18:00-24 18:50", "24 20:10-24 22:00"]


def test_the_pause_may_lie_after_the_hours(companion):
    listing = a_listing("liubing", companion=companion)
    open_each(companion, "3", "20:00", 120)
    assert services.free_slots(listing, minutes=120, now=NOW)[0] == at("2026-12-24 20:00")


def test_whatever_is_offered_can_be_taken(companion):
    listing = a_listing("liubing", companion=companion)
    open_each(companion, "3", "18:00", 360)
    promise(companion, "2026-12-24 20:10", "2026-12-24 21:00")
    day = {"since": at("2026-12-24 00:00"), "until": at("2026-12-25 00:00")}
    starts = services.free_slots(listing, minutes=60, now=NOW, **day)
    assert [f"{start.astimezone(SHANGHAI):%R}" for start in starts] == [
        "18:00", "18:30", "19:00", "21:30", "22:00", "22:30", "23:00",
    ]  # fmt: skip
    for start in starts:
        services.take_time(
            companion=companion, ref=(ref := uuid4()), starts_at=start, ends_at=start + timedelta(hours=1)
        )
        TakenTime.objects.get(ref=ref).delete()
    with pytest.raises(TimeTaken):
        promise(companion, "2026-12-24 19:30", "2026-12-24 20:30")


def test_a_way_has_to_be_gone_between_meetings(companion):
    meal, talk = a_listing("a", kind="dining", companion=companion), a_listing("b", companion=companion)
    open_each(companion, "3", "10:00", 240)
    promise(companion, "2026-12-24 12:00", "2026-12-24 13:00")
    day = {"until": at("2026-12-25 00:00"), "now": NOW}
    assert services.free_slots(meal, minutes=90, **day) == []
    assert services.free_slots(talk, minutes=90, **day) == [at("2026-12-24 10:00")]


def starts(listing, minutes: int = 60) -> list[str]:
    free = services.free_slots(listing, minutes=minutes, until=at("2026-12-25 00:00"), now=NOW)
    return [f"{start.astimezone(SHANGHAI):%R}" for start in free]


def test_nobody_leaves_a_talk_and_is_at_a_table_the_same_minute(companion):
    meal, talk = a_listing("a", kind="dining", companion=companion), a_listing("b", companion=companion)
    open_each(companion, "3", "12:00", 240)
    promise(companion, "2026-12-24 12:00", "2026-12-24 13:00")
    assert starts(talk) == ["13:30", "14:00", "14:30", "15:00"]
    assert starts(meal) == ["14:00", "14:30", "15:00"]


def test_nor_is_she_asked_for_a_talk_while_she_is_on_her_way(companion):
    talk = a_listing("b", companion=companion)
    open_each(companion, "3", "12:00", 180)
    promise(companion, "2026-12-24 14:00", "2026-12-24 15:00", travel_minutes=30)
    assert starts(talk, 30) == ["12:00", "12:30"]
    assert services.free_for_minutes(companion, now=at("2026-12-24 12:00")) == 80


def test_the_way_to_the_first_order_of_a_day_may_lie_before_the_hours(companion):
    meal = a_listing("a", kind="dining", companion=companion)
    open_each(companion, "3", "12:00", 60)
    assert starts(meal) == ["12:00"]


@pytest.mark.parametrize(("minutes", "fits"), [(39, False), (40, True)])
@pytest.mark.parametrize("before", [{}, {"travel_minutes": 30}])
def test_between_two_orders_the_way_is_gone_once(companion, before, minutes, fits):
    """Her pause of ten minutes, and half an hour on the way, after a talk as after another meeting."""
    promise(companion, "2026-12-24 12:00", "2026-12-24 13:00", **before)
    then = at("2026-12-24 13:00") + timedelta(minutes=minutes)
    asked = {"companion": companion, "ref": uuid4(), "starts_at": then, "ends_at": then + timedelta(hours=1)}
    with nullcontext() if fits else pytest.raises(TimeTaken):
        services.take_time(**asked, travel_minutes=30)


def test_a_promise_is_not_prolonged_into_the_way_to_the_next(companion):
    talk = promise(companion, "2026-12-24 12:00", "2026-12-24 13:00")
    promise(companion, "2026-12-24 14:00", "2026-12-24 15:00", travel_minutes=30)
    last = services.free_until(ref=talk.ref)
    assert last == at("2026-12-24 13:20")
    services.lengthen_time(ref=talk.ref, until=last)
    with pytest.raises(TimeTaken):
        services.lengthen_time(ref=talk.ref, until=last + timedelta(seconds=1))


def test_nothing_that_is_not_promised_is_promised_for_another_time(companion):
    times = {"starts_at": at("2026-12-24 12:00"), "ends_at": at("2026-12-24 13:00")}
    with pytest.raises(TakenTime.DoesNotExist):
        services.retake_time(companion=companion, ref=uuid4(), **times)


def test_who_started_early_has_her_way_behind_her(companion):
    meal = promise(companion, "2026-12-24 14:00", "2026-12-24 15:00", travel_minutes=30)
    assert services.move_time(ref=meal.ref, starts_at=at("2026-12-24 13:10"), ends_at=at("2026-12-24 14:10"))
    meal.refresh_from_db()
    assert (meal.sets_off_at, meal.free_again_at) == (at("2026-12-24 13:10"), at("2026-12-24 14:50"))


def test_notice_is_needed(companion):
    companion.lead_minutes = 180
    companion.save()
    open_each(companion, "2", "20:00", 240)
    assert windows(companion, "2026-12-23 00:00", "2026-12-25 00:00") == ["23 21:05-24 00:00"]
    listing = a_listing("one", companion=companion)
    assert services.next_free([listing], now=NOW) == {listing.pk: at("2026-12-23 21:30")}


@pytest.mark.parametrize(("kind", "notice"), [("listener", 15), ("dining", 30)])
def test_nothing_begins_before_it_can_be_paid_accepted_and_reached(companion, kind, notice):
    open_each(companion, "2", "18:00", 360)
    listing = a_listing("one", kind=kind, companion=companion)
    asked = {"starts_at": at("2026-12-23 20:00"), "minutes": 60}
    last = asked["starts_at"] - timedelta(minutes=notice)
    assert services.notice_minutes(listing) == notice
    services.check_free(listing, **asked, now=last)
    with pytest.raises(NotFreeThen):
        services.check_free(listing, **asked, now=last + timedelta(seconds=1))


def test_a_card_promises_what_the_picker_has(companion, monkeypatch):
    talk, meal = (a_listing("one", kind=kind, companion=companion) for kind in ("listener", "dining"))
    open_each(companion, "2", "19:00", 70)
    open_each(companion, "3", "12:00", 150)
    promise(companion, "2026-12-24 14:00", "2026-12-24 14:30")
    monkeypatch.setitem(KINDS, "dining", replace(KINDS["dining"], bookable_later=False))
    assert services.next_free([talk, meal], now=NOW) == {talk.pk: at("2026-12-23 19:00")}
    monkeypatch.setitem(KINDS, "dining", replace(KINDS["dining"], bookable_later=True, minute_steps=(90, 120)))
    first = {one.pk: services.free_slots(one, minutes=min(one.lengths), now=NOW)[0] for one in (talk, meal)}
    assert first == {talk.pk: at("2026-12-23 19:00"), meal.pk: at("2026-12-31 12:00")}
    assert services.next_free([talk, meal], now=NOW) == first
    TakenTime.objects.all().delete()
    assert services.next_free([talk, meal], now=NOW)[meal.pk] == at("2026-12-24 12:00")


def test_the_horizon_is_the_end_of_the_twenty_eighth_day(companion):
    a_week(companion)
    free = services.free_windows([companion.pk], now=NOW)[companion.pk]
    assert free == [(NOW + timedelta(minutes=15), at("2027-01-20 00:00"))]
    assert services.free_windows([companion.pk], since=at("2027-01-20 00:00"), now=NOW)[companion.pk] == []


def test_moments_are_utc(companion):
    a_week(companion)
    start, end = services.free_windows([companion.pk], now=NOW)[companion.pk][0]
    assert (start.tzinfo, end.tzinfo) == (UTC, UTC)


@pytest.mark.parametrize(
    ("starts", "minutes"),
    [
        ("2026-12-24 19:30", 60),  # before her hours
        ("2026-12-24 21:30", 60),  # runs out of them
        ("2026-12-24 20:10", 60),  # off the grid
        ("2026-12-23 20:00", 60),  # another day
        ("2026-12-17 20:00", 60),  # past
        ("2027-01-21 20:00", 60),  # beyond the horizon
        ("2026-12-31 20:00", 60),  # promised
        ("9999-12-31 20:00", 60),
        ("2026-12-24 20:00", 10**12),
        ("2026-12-24 20:00", 0),
        ("2026-12-24 20:00", -30),
    ],
)
def test_a_start_that_is_refused(companion, starts, minutes):
    listing = a_listing("liubing", companion=companion)
    open_each(companion, "3", "20:00", 120)
    promise(companion, "2026-12-31 20:30", "2026-12-31 21:30")
    with pytest.raises(NotFreeThen):
        services.check_free(listing, starts_at=at(starts), minutes=minutes, now=NOW)


def test_a_start_that_is_free_in_any_zone(companion):
    listing = a_listing("liubing", companion=companion)
    open_each(companion, "3", "20:00", 120)
    for starts_at in (at("2026-12-24 20:30"), datetime(2026, 12, 24, 12, 30, tzinfo=UTC)):
        services.check_free(listing, starts_at=starts_at, minutes=90, now=NOW)


def test_the_databases_clock_decides(companion):
    listing = a_listing("liubing", companion=a_week(companion))
    soon, past = services.free_slots(listing, minutes=30)[0], datetime.now(UTC) - timedelta(hours=1)
    services.check_free(listing, starts_at=soon, minutes=30)
    assert timedelta(minutes=14) < soon - datetime.now(UTC) <= timedelta(minutes=45)
    with pytest.raises(NotFreeThen):
        services.check_free(listing, starts_at=past, minutes=30)


def test_how_long_somebody_is_free_now(companion):
    assert services.free_for_minutes(companion, now=NOW) is None
    promise(companion, "2026-12-25 20:00", "2026-12-25 21:00")
    assert services.free_for_minutes(companion, now=NOW) is None
    promise(companion, "2026-12-23 19:00", "2026-12-23 20:00")
    assert services.free_for_minutes(companion, now=NOW) == 45
    assert services.free_for_minutes(companion, now=at("2026-12-23 18:55")) == 0
    assert services.free_for_minutes(companion, now=at("2026-12-23 20:05")) == 0
    assert services.free_for_minutes(companion, now=at("2026-12-23 20:10")) is None


@pytest.mark.parametrize("people", [1, 3])
def test_a_whole_page_is_one_query(django_assert_num_queries, people):
    companions = [a_week(a_companion(f"c{number}")) for number in range(people)]
    listings = [a_listing(companion.display_name, companion=companion) for companion in companions]
    for companion in companions:
        promise(companion, "2026-12-24 20:30", "2026-12-24 21:30")
    ids = [companion.pk for companion in companions]
    with django_assert_num_queries(PAGE_QUERIES):
        free = services.free_windows(ids, since=NOW, until=NOW + timedelta(days=7), now=NOW)
    assert {len(windows) for windows in free.values()} == {2}
    with django_assert_num_queries(PAGE_QUERIES):
        found = services.next_free(listings, now=NOW)
    assert found == dict.fromkeys([listing.pk for listing in listings], at("2026-12-23 18:30"))
