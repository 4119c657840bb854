"""The calendar a companion subscribes to: times and nothing else, at an address only she knows."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from icalendar import Calendar

from listings import services
from listings.models import Companion, TakenTime

pytestmark = pytest.mark.django_db

FEED_QUERIES = 2
START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2)


@pytest.fixture
def her(listing) -> Companion:
    return listing.companion


def address(companion: Companion) -> str:
    return f"/listings/calendar/{companion.calendar_key}.ics"


def promise(companion: Companion, number: int = 0) -> UUID:
    ref, starts_at = uuid4(), START + timedelta(days=number)
    services.take_time(companion=companion, ref=ref, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    return ref


def test_a_promise_as_a_calendar_reads_it(client, her):
    ref = promise(her)
    answer = client.get(address(her), headers={"accept-language": "en"})
    calendar = Calendar.from_ical(answer.content)
    [event] = calendar.walk("VEVENT")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert (calendar["VERSION"], str(event["UID"]), str(event["SUMMARY"])) == ("2.0", str(ref), "Wozai · booked")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (START, START + timedelta(hours=1))
    assert START.strftime("DTSTART:%Y%m%dT%H%M%SZ") in answer.content.decode()
    assert calendar.errors == [] and event.errors == []


def test_the_way_and_the_pause_are_entries_of_their_own(client, her):
    services.take_time(
        companion=her, ref=uuid4(), starts_at=START, ends_at=START + timedelta(hours=1), travel_minutes=30
    )
    answer = client.get(address(her), headers={"accept-language": "en"})
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    half = timedelta(minutes=30)
    assert [(str(event["SUMMARY"]), event["DTSTART"].dt - START) for event in events] == [
        ("Wozai · On the way, 30 min", -half),
        ("Wozai · booked", timedelta(0)),
        ("Wozai · Way back and pause, 30 min", 2 * half),
    ]
    assert len({str(event["UID"]) for event in events}) == 3


def test_it_says_nothing_about_anybody(client, her, client_user):
    promise(her)
    text = client.get(address(her)).content.decode()
    assert not any(word in text for word in (client_user.display_name, her.display_name, her.user.email, "ATTENDEE"))


def test_an_empty_calendar_is_a_calendar(client, her):
    answer = client.get(address(her), headers={"accept-language": "en"})
    calendar = Calendar.from_ical(answer.content)
    assert calendar.walk("VEVENT") == []
    assert [(str(zone["TZID"]), zone.errors) for zone in calendar.walk("VTIMEZONE")] == [("Asia/Shanghai", [])]
    named = ("X-WR-CALNAME", "NAME", "X-WR-TIMEZONE")
    assert [str(calendar[name]) for name in named] == ["Wozai · my orders", "Wozai · my orders", "Asia/Shanghai"]
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in answer.content.decode()


def test_nothing_new_is_not_sent_again(client, her):
    promise(her)
    first = client.get(address(her))
    again = client.get(address(her), headers={"if-none-match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    promise(her, 1)
    assert client.get(address(her), headers={"if-none-match": first.headers["ETag"]}).status_code == 200


def test_it_is_kept_out_of_shared_caches_and_search(client, her):
    answer = client.get(address(her))
    assert "private" in answer.headers["Cache-Control"]
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_a_new_address_ends_the_old_one(client, her):
    old = address(her)
    client.force_login(her.user)
    client.post("/listings/calendar/", {"do": "address"})
    her.refresh_from_db()
    assert client.get(old).status_code == 404
    assert client.get(address(her)).status_code == 200
    page = client.get("/listings/calendar/").content.decode()
    assert f"http://testserver{address(her)}" in page and f"webcal://testserver{address(her)}" in page


def test_an_unknown_address(client, her):
    assert client.get(f"/listings/calendar/{uuid4()}.ics").status_code == 404
    assert client.get("/listings/calendar/x.ics").status_code == 404
    type(her.user).objects.update(is_active=False)
    assert client.get(address(her)).status_code == 404


def test_what_is_long_over_and_what_took_no_time_is_left_out(client, her):
    old = START - timedelta(days=100)
    for starts_at, ends_at in ((old, old + timedelta(hours=1)), (START, START)):
        TakenTime.objects.create(
            companion=her, ref=uuid4(), starts_at=starts_at, ends_at=ends_at, free_again_at=ends_at
        )
    assert Calendar.from_ical(client.get(address(her)).content).walk("VEVENT") == []


@pytest.mark.parametrize("count", [1, 3])
def test_two_queries_however_much_is_promised(client, her, django_assert_num_queries, count):
    for number in range(count):
        promise(her, number)
    with django_assert_num_queries(FEED_QUERIES):
        client.get(address(her))
