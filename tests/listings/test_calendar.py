"""A companion's calendar: she types her hours, loses nothing by a mistake, and sees her week."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import translation

from listings import services
from listings.days import today
from listings.models import Companion, SpecialDay, WeeklyHours
from listings.weeks import week_of
from tests.cast import a_companion, a_week
from tests.listings.hours import at, open_each

pytestmark = pytest.mark.django_db

PAGE_QUERIES = 13
PAGE = "/listings/calendar/"
NOW = at("2026-12-30 18:05")


@pytest.fixture
def her(client, companion):
    """The companion's browser."""
    client.force_login(companion)
    return client


def page(client, path: str = PAGE) -> str:
    return client.get(path, headers={"accept-language": "en"}).content.decode()


def typed(**rows: list[tuple[str, str]]) -> dict:
    """The page as it is sent: typed(d4=[("22:00", "02:00")]) is Friday night."""
    sent: dict[str, str | list[str]] = {"do": "save-hours", "lead_minutes": "60", "buffer_minutes": "10"}
    for day, hours in rows.items():
        sent[f"start-{day[1:]}"] = [start for start, _end in hours]
        sent[f"end-{day[1:]}"] = [end for _start, end in hours]
    return sent


def saved() -> list[tuple[int, int, int]]:
    return list(WeeklyHours.objects.values_list("weekday", "start_min", "length_min"))


def test_a_night_is_typed_as_it_is_on_the_clock(her):
    answer = her.post(PAGE, typed(d4=[("22:00", "02:00")], d5=[("9:00", "24:00")], d6=[("00:00", "00:00")]))
    assert answer.headers["Location"] == "/listings/calendar/?saved=hours#hours"
    assert saved() == [(4, 1320, 240), (5, 540, 900), (6, 0, 1440)]
    text = page(her)
    assert 'value="22:00"' in text and 'value="02:00"' in text


def test_that_it_is_saved_stands_where_it_was_saved(her):
    for part in ("hours", "days", "notice"):
        form = page(her, f"/listings/calendar/?saved={part}").split(f'id="{part}"')[1]
        assert "Saved." in form.split("</section>")[0]
    assert "Saved." not in page(her)


def test_saving_replaces_what_was_there(her):
    her.post(PAGE, typed(d0=[("08:00", "12:00"), ("", "")]))
    her.post(PAGE, typed(d1=[("09:00", "10:00")]))
    assert saved() == [(1, 540, 60)]


@pytest.mark.parametrize(
    "rows",
    [
        {"d0": [("20:00", "")]},
        {"d0": [("", "20:00")]},
        {"d0": [("25:00", "26:00")]},
        {"d0": [("soon", "later")]},
        {"d0": [("20:00", "20:00")]},
        {"d0": [("20:00", "22:00"), ("21:00", "23:00")]},
        {"d0": [("22:00", "02:00")], "d1": [("01:00", "03:00")]},
        {"d6": [("22:00", "02:00")], "d0": [("01:30", "03:00")]},
    ],
    ids=["no end", "no start", "no such hour", "words", "no length", "overlap", "over midnight", "over Sunday night"],
)
def test_a_mistake_is_marked_and_nothing_is_lost(her, rows):
    services.set_week(by=Companion.objects.get().user, hours=[(3, 600, 60)])
    answer = her.post(PAGE, typed(d3=[("07:07", "08:08")], **rows))
    text = answer.content.decode()
    assert 'aria-invalid="true"' in text and 'role="alert"' in text
    assert "07:07" in text and all(f'value="{start}"' in text for hours in rows.values() for start, _end in hours)
    assert saved() == [(3, 600, 60)]


def test_rows_are_added_removed_and_copied_without_saving(her):
    before = typed(d0=[("20:00", "22:00"), ("23:00", "01:00")])
    added = her.post(PAGE, before | {"do": "add-0"}).context["week_form"]
    assert [len(day.rows) for day in added.days] == [3, 0, 0, 0, 0, 0, 0]
    dropped = her.post(PAGE, before | {"do": "drop-0-0"}).context["week_form"]
    assert [row.start for row in dropped.days[0].rows] == ["23:00"]
    copied = her.post(PAGE, before | {"do": "copy-0", "onto-0": ["1", "6", "9", "x"]}).context["week_form"]
    assert [len(day.rows) for day in copied.days] == [2, 2, 0, 0, 0, 0, 2]
    assert saved() == []


@pytest.mark.parametrize("do", ["add-7", "drop-0-99", "copy-", "add--1", "drop-0", "x", "add-" + "9" * 5000, "add-²"])
def test_buttons_that_are_not_there(her, do):
    assert her.post(PAGE, typed(d0=[("20:00", "22:00")]) | {"do": do}).status_code in (200, 302)


class TestOnePage:
    """What is typed into one part outlives the buttons of the others."""

    DAY = (today() + timedelta(days=3)).isoformat()
    ALL = typed(d0=[("20:00", "22:00")]) | {"lead_minutes": "240", "day": DAY, "what": "off"}

    def test_saving_one_part_saves_all_that_was_typed(self, her):
        answer = her.post(PAGE, self.ALL | {"do": "save-notice"})
        assert answer.headers["Location"] == "/listings/calendar/?saved=notice#notice"
        assert (saved(), SpecialDay.objects.get().day.isoformat()) == ([(0, 1200, 120)], self.DAY)
        assert Companion.objects.get().lead_minutes == 240

    def test_a_mistake_in_one_keeps_all_of_them_and_is_named(self, her):
        text = her.post(PAGE, self.ALL | {"what": "other"}, headers={"accept-language": "en"}).content.decode()
        assert (saved(), SpecialDay.objects.count(), Companion.objects.get().lead_minutes) == ([], 0, 60)
        assert '<a href="#days">Special days</a>' in text and '<a href="#hours">' not in text
        assert all(kept in text for kept in ('value="20:00"', f'value="{self.DAY}"', '<option value="240" selected>'))

    @pytest.mark.parametrize("do", ["add-3", "drop-5-0", "week-2026-01-01", "usual-2026-01-01", "address"])
    def test_no_other_button_saves_or_loses_anything(self, her, do):
        key = Companion.objects.get().calendar_key
        text = her.post(PAGE, self.ALL | {"do": do}).content.decode()
        assert (saved(), SpecialDay.objects.count(), Companion.objects.get().lead_minutes) == ([], 0, 60)
        assert all(kept in text for kept in ('value="20:00"', f'value="{self.DAY}"', '<option value="240" selected>'))
        assert (Companion.objects.get().calendar_key != key) == (do == "address")

    def test_leafing_keeps_the_week(self, her):
        monday = today() - timedelta(days=today().weekday())
        asked = her.post(PAGE, self.ALL | {"do": f"week-{monday + timedelta(days=7)}"})
        assert asked.context["week"].days[0].date == monday + timedelta(days=7)
        kept = her.post(PAGE, self.ALL | {"do": "add-1", "week": f"{monday + timedelta(days=7)}"})
        assert kept.context["week"].days[0].date == monday + timedelta(days=7)


def test_a_day_off_says_what_stays_on_it(her):
    day, ref = today() + timedelta(days=3), uuid4()
    companion = Companion.objects.get()
    starts_at = at(f"{day} 15:00")
    services.take_time(companion=companion, ref=ref, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    services.set_special_day(by=companion.user, day=day)
    text = page(her)
    assert "There is an order at 15:00 on that day; it stays." in text and f"/bookings/{ref}/" in text
    services.set_special_day(by=companion.user, day=day, hours=[(900, 60)])
    assert "it stays" not in page(her)
    services.set_special_day(by=companion.user, day=day, hours=[(930, 60)])
    assert "it stays" in page(her)


def test_htmx_gets_the_form_alone(her):
    answer = her.post(PAGE, typed(d0=[("20:00", "22:00")]) | {"do": "add-0"}, headers={"hx-request": "true"})
    text = answer.content.decode()
    assert (text.count("<form"), text.count("<section")) == (0, 1)


def test_a_day_off_and_a_day_with_other_hours(her):
    day = today() + timedelta(days=3)
    her.post(PAGE, typed() | {"day": day.isoformat(), "what": "off"})
    assert (SpecialDay.objects.get().day, SpecialDay.objects.get().hours.count()) == (day, 0)
    other = {"what": "other", "start": ["10:00", "23:00"], "end": ["12:00", "01:00"]}
    her.post(PAGE, typed() | {"day": day.isoformat(), **other})
    assert list(SpecialDay.objects.get().hours.values_list("start_min", "length_min")) == [(600, 120), (1380, 120)]
    assert "23:00–next day 01:00" in page(her)
    her.post(PAGE, {"do": f"usual-{day}"})
    assert not SpecialDay.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"day": "2020-01-01"},
        {"day": "2999-01-01"},
        {"day": "someday"},
        {"what": "maybe"},
        {"start": ["", ""], "end": ["", ""]},
        {"start": ["10:00", ""], "end": ["", ""]},
        {"start": ["10:00", "11:00"], "end": ["12:00", "13:00"]},
    ],
)
def test_a_special_day_that_does_not_do(her, change):
    day = (today() + timedelta(days=3)).isoformat()
    sent = {"day": day, "what": "other", "start": ["10:07", ""], "end": ["12:00", ""]} | change
    text = her.post(PAGE, typed() | sent).content.decode()
    assert "error" in text or 'role="alert"' in text
    assert all(f'value="{start}"' in text for start in sent["start"])
    assert not SpecialDay.objects.exists()


@pytest.mark.parametrize("do", ["usual-2026-02-30", "usual-", "week-soon", "save-x", "x"])
def test_buttons_that_make_no_sense(her, do):
    assert her.post(PAGE, typed() | {"do": do}).status_code in (200, 302)


def test_notice_and_pause(her):
    her.post(PAGE, typed() | {"lead_minutes": "2880", "buffer_minutes": "45"})
    assert Companion.objects.values_list("lead_minutes", "buffer_minutes").get() == (2880, 45)
    refused = her.post(PAGE, typed() | {"lead_minutes": "20000", "buffer_minutes": "-1"})
    assert set(refused.context["notice_form"].errors) == {"lead_minutes", "buffer_minutes"}
    assert Companion.objects.values_list("lead_minutes", "buffer_minutes").get() == (2880, 45)


def test_a_pause_of_her_own_is_offered_again(her):
    Companion.objects.update(buffer_minutes=25)
    her.post(PAGE, typed() | {"lead_minutes": "60", "buffer_minutes": "25"})
    assert Companion.objects.get().buffer_minutes == 25


def test_a_week_over_new_year():
    companion = a_companion("meimei", lead_minutes=0, buffer_minutes=10)
    open_each(companion, "3", "22:00", 240)
    services.take_time(
        companion=companion, ref=uuid4(), starts_at=at("2026-12-31 23:00"), ends_at=at("2027-01-01 00:30")
    )
    services.set_special_day(by=companion.user, day=date(2027, 1, 1))
    week = week_of(companion, "2027-01-02", now=NOW)
    told = {f"{day.date:%d}": [(f"{one.stretch.start:%R}", bool(one.span)) for one in day.entries] for day in week.days}
    assert list(told) == ["28", "29", "30", "31", "01", "02", "03"]
    assert told["31"] == [("22:00", False), ("23:00", True)]
    # Her pause, and what is left of the night of the 31st, on a day off: from the next half hour on.
    assert told["01"] == [("00:30", True), ("01:00", False)]
    assert [day.is_special for day in week.days] == [False] * 4 + [True] + [False] * 2


def told(companion: Companion) -> list[tuple[str, str]]:
    """What fills her week, in words."""
    with translation.override("en"):
        days = week_of(companion, "2027-01-04", now=NOW).days
        return [(str(one.span), f"{one.stretch.start:%R}") for day in days for one in day.entries if one.span]


def meet(companion: Companion, start: str, end: str, travel_minutes: int = 30) -> None:
    times = {"starts_at": at(f"2027-01-04 {start}"), "ends_at": at(f"2027-01-04 {end}")}
    services.take_time(companion=companion, ref=uuid4(), travel_minutes=travel_minutes, **times)


def test_the_way_there_and_the_pause_after_it_stand_in_the_week():
    companion = a_companion("meimei", buffer_minutes=10)
    meet(companion, "14:00", "15:00")
    assert told(companion) == [
        ("On the way, 40 min", "13:20"),
        ("Booked", "14:00"),
        ("Way back and pause, 40 min", "15:00"),
    ]


def test_of_a_talk_there_is_only_the_pause():
    companion = a_companion("meimei", buffer_minutes=10)
    meet(companion, "14:00", "15:00", travel_minutes=0)
    assert told(companion) == [("Booked", "14:00"), ("Pause, 10 min", "15:00")]


def test_the_way_from_one_to_the_next_is_told_once():
    companion = a_companion("meimei", buffer_minutes=10)
    meet(companion, "14:00", "15:00")
    meet(companion, "15:40", "16:00")
    assert told(companion)[1:4] == [("Booked", "14:00"), ("On the way, 40 min", "15:00"), ("Booked", "15:40")]


def test_her_page_says_it_in_words(her, listing):
    starts_at = at(f"{today()} 12:00")
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1), "travel_minutes": 30}
    services.take_time(companion=listing.companion, ref=uuid4(), **times)
    text = page(her)
    assert "On the way, 30 min" in text and "Way back and pause, 30 min" in text


def test_a_year_without_a_list_of_holidays_is_said():
    companion = a_companion("meimei")
    near_2099 = at("2098-12-30 12:00")
    assert week_of(companion, "2099-01-01", now=near_2099).unpublished == 2098
    assert week_of(companion, "2026-10-01", now=at("2026-09-30 12:00")).unpublished is None


@pytest.mark.parametrize("asked", ["", "soon", "0001-01-01", "9999-12-31", "2026-13-01", "\x00"])
def test_weeks_that_are_too_far_away(her, asked):
    assert her.get("/listings/calendar/", {"week": asked}).context["week"].days[0].date <= today()


def test_one_cannot_leaf_on_for_ever():
    companion = a_companion("meimei")
    assert week_of(companion, "2027-01-26", now=NOW).after is None
    assert week_of(companion, "2027-01-20", now=NOW).after == date(2027, 1, 25)
    assert week_of(companion, "2026-11-05", now=NOW).before is None


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_however_much_is_on_it(her, django_assert_num_queries, count):
    companion = a_week(Companion.objects.get())
    for number in range(count):
        services.set_special_day(by=companion.user, day=today() + timedelta(days=number), hours=[(600, 60)])
        starts_at = at(f"{today() + timedelta(days=number)} 10:00")
        services.take_time(
            companion=companion, ref=uuid4(), starts_at=starts_at, ends_at=starts_at + timedelta(hours=1)
        )
    with django_assert_num_queries(PAGE_QUERIES):
        page(her)


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_is_hers_alone(client, client_user, method):
    send = getattr(client, method)
    assert send(PAGE).headers["Location"].startswith("/accounts/login/")
    client.force_login(client_user)
    answer = send(PAGE)
    assert answer.status_code == 404 if method == "post" else answer.headers["Location"] == "/listings/profile/"


def test_one_never_touches_anothers_days(her):
    other = a_companion("meimei")
    services.set_special_day(by=other.user, day=today())
    her.post(PAGE, {"do": f"usual-{today()}"})
    her.post(PAGE, typed(d0=[("20:00", "22:00")]))
    assert SpecialDay.objects.get().companion == other
    assert WeeklyHours.objects.get().companion.user != other.user
