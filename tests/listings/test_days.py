"""How days and hours are told: holidays, years without a list, nights that cross midnight or the year."""

from datetime import date

import pytest
from django.utils import translation

from listings.days import by_day, holiday_of, is_published
from listings.templatetags.hours import soon
from tests.listings.hours import at


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 10, 1), "National Day"),
        (date(2026, 10, 10), "National Day, a working day"),
        (date(2026, 11, 23), "None"),
        (date(2015, 9, 3), "Anti-Fascist 70th Day"),
        (date(2099, 1, 1), "None"),
        (date(1990, 1, 1), "None"),
    ],
)
def test_holidays(day, words):
    assert str(holiday_of(day)) == words


def test_a_year_without_a_list():
    assert [is_published(year) for year in (2003, 2026, 2099)] == [False, True, False]


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("2026-12-24 20:00", "2026-12-24 22:30", {24: ["20:00–22:30"]}),
        ("2026-12-24 20:00", "2026-12-25 00:00", {24: ["20:00–24:00"]}),
        ("2026-12-31 22:00", "2027-01-01 02:00", {31: ["22:00–next day 02:00"]}),
        ("2026-12-24 20:00", "2026-12-25 13:00", {24: ["20:00–24:00"], 25: ["00:00–13:00"]}),
        ("2026-12-24 00:00", "2026-12-25 00:00", {24: ["all day"]}),
        ("2026-12-24 00:00", "2026-12-25 02:00", {24: ["all day"], 25: ["00:00–02:00"]}),
        ("2026-12-24 22:00", "2026-12-26 03:00", {24: ["22:00–24:00"], 25: ["all day"], 26: ["00:00–03:00"]}),
    ],
)
def test_windows_day_by_day(start, end, told):
    days = by_day([(at(start), at(end))])
    assert {day.day: [str(stretch) for stretch in stretches] for day, stretches in days.items()} == told


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-12-30 17:30", "today 17:30"),
        ("2026-12-30 20:00", "tonight 20:00"),
        ("2026-12-31 00:30", "tomorrow 00:30"),
        ("2027-01-01 09:00", "Fri 09:00"),
        ("2027-01-06 09:00", "January 6 09:00"),
    ],
)
def test_the_next_free_moment_in_a_few_words(monkeypatch, moment, words):
    monkeypatch.setattr("listings.days.today", lambda: date(2026, 12, 30))
    assert soon(at(moment)) == words
