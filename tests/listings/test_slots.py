"""The slot picker: lengths, days, starts, and whatever else may be asked of it."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.template import Context, Template

from listings import services, slots
from listings.models import WeeklyHours
from tests.cast import a_listing, a_week
from tests.listings.hours import SHANGHAI, at, open_each

pytestmark = pytest.mark.django_db

PICKER_QUERIES = 1
NOW = at("2026-12-30 18:05")


@pytest.fixture
def open_listing(listing):
    a_week(listing.companion)
    return listing


def page(client, path: str) -> str:
    return client.get(path, headers={"accept-language": "en"}).content.decode()


def test_four_weeks_of_days_over_the_new_year(open_listing):
    picker = slots.picker(open_listing, {}, now=NOW)
    assert [day.date for day in picker.days] == [date(2026, 12, 30) + timedelta(days=n) for n in range(28)]
    assert picker.day.starts[0] == at("2026-12-30 18:30")
    assert (picker.minutes, picker.has_hours) == (30, True)


def test_the_starts_stand_by_part_of_the_day(open_listing):
    day = slots.picker(open_listing, {"day": "2026-12-31"}, now=NOW).day
    assert [len(starts) for _part, starts in day.parts] == [12, 12, 12, 12]
    assert day.night_before == date(2026, 12, 30)


def test_what_was_chosen_stays_chosen(open_listing):
    picker = slots.picker(open_listing, {"minutes": "60", "starts_at": "2027-01-01T04:30:00Z"}, now=NOW)
    assert (picker.day.date, picker.starts_at) == (date(2027, 1, 1), at("2027-01-01 12:30"))
    gone = slots.picker(open_listing, {"starts_at": "2027-01-01T04:31:00Z"}, now=NOW)
    assert (gone.day.date, gone.starts_at) == (date(2027, 1, 1), None)


@pytest.mark.parametrize(
    "asked",
    [
        {"minutes": "-30", "day": "yesterday", "starts_at": "soon"},
        {"minutes": "31", "day": "2030-01-01", "starts_at": "2027-01-01T04:30:00"},
        {"starts_at": "9999-12-31T23:59:59Z"},
        {"minutes": "x" * 999, "day": "\x00", "starts_at": "9999-12-31T23:59:59Z"},
    ],
)
def test_what_makes_no_sense_counts_as_not_asked(open_listing, asked):
    picker = slots.picker(open_listing, asked, now=NOW)
    assert (picker.minutes, picker.day.date, picker.starts_at) == (30, date(2026, 12, 30), None)


def test_a_visit_has_the_one_length_it_includes():
    listing = a_listing("shen", kind="clinic")
    open_each(listing.companion, "0123456", "08:00", 300)
    picker = slots.picker(listing, {}, now=NOW)
    assert picker.minutes == 240
    assert [f"{start:%R}" for start in picker.day.starts] == ["08:00", "08:30", "09:00"]


def test_one_query_however_many_days(open_listing, django_assert_num_queries):
    with django_assert_num_queries(PICKER_QUERIES):
        slots.picker(open_listing, {}, now=NOW)


def test_the_picker_as_a_page_and_as_its_part(client, open_listing):
    whole = page(client, f"/listings/{open_listing.pk}/times/?minutes=60")
    part = client.get(f"/listings/{open_listing.pk}/times/?minutes=60", headers={"hx-request": "true"})
    assert "<html" in whole and 'name="minutes" value="60"' in whole and "Beijing time" in whole
    assert part.content.decode().lstrip().startswith('<div id="slots"')
    assert "HX-Request" in part.headers["Vary"]


def test_what_the_form_sends_can_be_taken(client, open_listing):
    start = client.get(f"/listings/{open_listing.pk}/times/?minutes=60").context["picker"].day.starts[0]
    value = f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert f'value="{value}"' in page(client, f"/listings/{open_listing.pk}/times/?minutes=60")
    services.check_free(open_listing, starts_at=datetime.fromisoformat(value), minutes=60)


def test_a_start_is_gone_once_it_is_promised(client, open_listing):
    path = f"/listings/{open_listing.pk}/times/"
    start = client.get(path).context["picker"].day.starts[0]
    services.take_time(
        companion=open_listing.companion, ref=uuid4(), starts_at=start, ends_at=start + timedelta(minutes=30)
    )
    assert start not in client.get(path).context["picker"].day.starts


def test_nobody_chooses_a_time_without_hours(client, listing):
    assert "has not entered any hours" in page(client, f"/listings/{listing.pk}/times/")
    assert "has not entered any hours" in page(client, f"/listings/{listing.pk}/")


def test_hours_that_are_too_short_are_said(client, listing):
    WeeklyHours.objects.create(companion=listing.companion, weekday=0, start_min=0, length_min=20)
    assert "no 30 minutes free" in page(client, f"/listings/{listing.pk}/times/")
    assert "nothing free in the coming seven days" in page(client, f"/listings/{listing.pk}/")


def test_the_listing_says_when_somebody_is_free(client, listing):
    open_each(listing.companion, "0123456", "22:00", 240)
    text = page(client, f"/listings/{listing.pk}/")
    assert text.count("22:00–next day 02:00") >= 6


@pytest.mark.parametrize("status", ["draft", "hidden"])
def test_times_of_what_is_not_published_are_not_there(client, open_listing, companion, status):
    type(open_listing).objects.update(status=status)
    client.force_login(companion)
    assert client.get(f"/listings/{open_listing.pk}/times/").status_code == 404


def test_moments_are_shown_in_shanghai(client, open_listing):
    start = client.get(f"/listings/{open_listing.pk}/times/").context["picker"].day.starts[0]
    assert start.tzinfo == SHANGHAI


CARDS = """{% load hours %}{% earliest listings as soonest %}{% for one in listings %}\
{% with moment=soonest|of:one %}{% if moment %}{% include "listings/_soonest.html" %}{% endif %}{% endwith %}\
{% endfor %}"""


@pytest.mark.parametrize("count", [1, 3])
def test_the_cards_of_a_page_say_from_when_on_in_one_query(django_assert_num_queries, count):
    listings = [a_listing(f"c{number}") for number in range(count)]
    for listing in listings:
        a_week(listing.companion)
    never = a_listing("never")
    with django_assert_num_queries(1):
        text = Template(CARDS).render(Context({"listings": [*listings, never]}))
    assert text.count("soonest") == count


def test_who_never_gave_hours_is_not_offered_for_later(client, listing):
    page = f"/listings/{listing.pk}/"
    assert f"{page}times/" not in client.get(page).content.decode()
    a_week(listing.companion)
    assert f"{page}times/" in client.get(page).content.decode()
