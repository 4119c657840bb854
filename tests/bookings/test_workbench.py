"""What a companion finds on her workbench."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings import services
from bookings.models import Booking, Reply, Step
from bookings.pages import workbench
from bookings.pages.workbench import _month_before, orders_part, workbench_page
from bookings.services import days
from bookings.services.days import Served, daily_reply, daily_service
from common.templatetags.wozai import clock
from listings.models import Companion, Listing
from payments.models import Transfer
from tests.bookings.test_lifecycle import age
from tests.cast import a_user, a_week
from tests.meals.plans import ordered as a_meal
from tests.orders import (
    MINUTE,
    accepted,
    appointed,
    live,
    on_the_half_hour,
    ordered,
    past_the_triggers,
    pay,
    requested,
    settle,
    speak,
)
from tests.visiting.plans import planned
from tests.visits import a_place

pytestmark = pytest.mark.django_db
WORKBENCH = reverse("bookings:workbench")


@pytest.fixture
def desk(client, companion):
    """`desk()` is the page as she sees it now."""

    def look(**headers) -> str:
        client.force_login(companion)
        return client.get(WORKBENCH, headers=headers).content.decode()

    return look


def served(client: User, listing: Listing, minutes: int) -> Booking:
    """So many full minutes, long enough ago that no two overlap."""
    booking = live(client, listing)
    # At once: a worker that came by in between would meter it to its deadline.
    with transaction.atomic():
        age(booking, (Booking.objects.count() + 1) * 60 * MINUTE)
        booking.refresh_from_db()
        speak(booking.pk, companion=False, now_ms=booking.live_since_ms + (minutes - 1) * MINUTE + 500)
        services.end(booking=booking, by=client)
    return settle(booking)


def settled_at(booking: Booking, at: datetime) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Transfer.objects.filter(ref=booking.pk).update(at=at)
        Step.objects.filter(booking=booking).update(at_ms=int(at.timestamp() * 1000))
        Booking.objects.filter(pk=booking.pk).update(ended_ms=int(at.timestamp() * 1000))
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def part(companion: User) -> dict:
    return orders_part(Companion.objects.get(user=companion))


def test_what_runs_stays_on_the_page_when_the_chat_of_the_next_opens(client_user, other_client, companion, listing):
    a_week(listing.companion)
    coming = appointed(other_client, listing)
    running = live(client_user, listing)
    services.run_due(now_ms=coming.starts_ms - settings.CHAT_EARLY_MS)
    coming.refresh_from_db()
    assert coming.chat_is_open
    assert part(companion)["running"] == running


def test_an_order_that_waits_counts_down_on_the_servers_clock(client_user, companion, listing, desk):
    booking = requested(client_user, listing)
    order = desk().partition(f'data-order="{booking.pk}"')[2].partition("</article>")[0]
    now = int(re.search(r'data-server-now-ms="(\d+)"', order)[1])
    assert order.count(f'data-deadline-ms="{booking.due_ms}"') == 2
    assert f'data-span-ms="{booking.terms.accept_window_ms}"' in order
    left = clock(booking.due_ms - now)
    assert re.search(r'role="timer".*?>([^<]*)</span>', order, re.DOTALL)[1] == left
    assert 0 < booking.due_ms - now <= booking.terms.accept_window_ms


@pytest.mark.parametrize(
    ("title", "how"),
    [
        ("Median reply time", "From a client's first message you have not answered to your next one."),
        ("Acceptance", "Of the paid orders you accepted, declined, let expire or left by blocking the client"),
        ("On time", "those where your first words came within 3 minutes of accepting"),
        ("Completion", "Of the orders that were settled, that you cancelled after accepting"),
    ],
)
def test_each_figure_says_how_it_is_computed(companion, desk, title, how):
    page = unescape(desk(accept_language="en"))
    card = page.partition(f"<h3>{title}</h3>")[2].partition("</article>")[0]
    assert "How is this computed?" in card
    assert how in card


# The day


def test_today_is_what_was_settled_since_midnight_in_shanghai(client_user, companion, listing):
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    settled_at(served(client_user, listing, 6), midnight)
    settled_at(served(client_user, listing, 9), midnight - timedelta(seconds=1))
    today = part(companion)["today"]
    assert (today["orders"], today["minutes"], today["fen"]) == (1, 6, 170)


def test_thirty_days_and_twelve_months_end_today_and_leave_no_day_out(client_user, companion, listing):
    page = workbench_page(companion.companion)
    dates = [row["at"] for row in page["days"]]
    assert (len(dates), len(page["months"])) == (30, 12)
    assert dates == sorted(dates) and (dates[-1] - dates[0]).days == 29
    assert dates[-1] == timezone.localdate()
    assert {month["at"].day for month in page["months"]} == {1}
    assert page["months"][-1]["at"] == dates[-1].replace(day=1)


def test_months_reach_back_over_the_end_of_the_year():
    months = [_month_before(date(2026, 2, 28), back) for back in range(4)]
    assert months == [date(2026, 2, 1), date(2026, 1, 1), date(2025, 12, 1), date(2025, 11, 1)]


def test_a_month_is_the_sum_of_its_days(client_user, companion, listing):
    now = timezone.now()
    for minutes in (6, 12):
        settled_at(served(client_user, listing, minutes), now)
    page = workbench_page(companion.companion)
    assert {key: page["days"][-1][key] for key in ("fen", "minutes", "orders")} == {
        "fen": 510,
        "minutes": 18,
        "orders": 2,
    }
    assert page["months"][-1]["fen"] == 510


def test_minutes_and_replies_fall_on_their_day_in_shanghai(client_user, companion, listing, monkeypatch):
    monkeypatch.setattr(days, "MIN_REPLIES", 1)
    before, after = (datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC), datetime(2025, 12, 31, 16, tzinfo=UTC))
    for at, minutes in ((before, 6), (after, 12)):
        booking = served(client_user, listing, minutes)
        settled_at(booking, at)
        for wait in (9000, 3000, 4000):
            ms = int(at.timestamp() * 1000)
            Reply.objects.create(booking=booking, companion=companion, asked_ms=ms - wait, replied_ms=ms)
    since = date(2025, 1, 1)
    assert daily_service(user=companion, since=since) == {
        date(2025, 12, 31): Served(1, 6),
        date(2026, 1, 1): Served(1, 12),
    }
    assert daily_reply(user=companion, since=since) == {date(2025, 12, 31): 4000, date(2026, 1, 1): 4000}
    assert daily_service(user=companion, since=date(2026, 1, 1)) == {date(2026, 1, 1): Served(1, 12)}


def test_a_day_with_too_few_replies_has_no_median(client_user, companion, listing, desk):
    speak(live(client_user, listing).pk, companion=False)
    asked, since = Reply.objects.count(), timezone.localdate()
    booking = Booking.objects.get()
    for number in range(days.MIN_REPLIES - asked):
        assert daily_reply(user=companion, since=since) == {}
        at = booking.live_since_ms + number
        Reply.objects.create(booking=booking, companion=companion, asked_ms=at, replied_ms=at + 3000)
    assert daily_reply(user=companion, since=since) == {since: 3000}


def test_what_was_settled_meanwhile_is_in_all_sums_or_in_none(client_user, companion, listing, monkeypatch):
    served(client_user, listing, 6)
    before = orders_part(companion.companion)
    served(client_user, listing, 9)
    monkeypatch.setattr(workbench, "orders_part", lambda _companion: before)
    page = workbench_page(companion.companion)
    assert {key: page["today"][key] for key in workbench.SUMS} == {key: page["days"][-1][key] for key in workbench.SUMS}
    assert (page["today"]["orders"], page["today"]["minutes"]) == (2, 15)


def test_how_clients_see_her_is_the_page_they_see(desk, listing):
    assert f'href="/listings/{listing.pk}/">How clients see me' in desk(**{"accept-language": "en"})
    Listing.objects.update(status="hidden")
    assert "How clients see me" not in desk(**{"accept-language": "en"})


# What happened without her


def test_a_clients_cancellation_is_told_for_a_while(client_user, companion, listing, desk):
    booking = accepted(client_user, listing)
    services.cancel(booking=booking, by=client_user)
    assert [item["booking"] for item in part(companion)["news"]] == [booking]
    assert "tight news" in desk()
    with past_the_triggers():
        Step.objects.filter(booking=booking).update(at_ms=1)
    assert part(companion)["news"] == []


def test_what_expired_before_she_answered_is_told_what_she_did_herself_is_not(client_user, companion, listing):
    services.decline(booking=requested(client_user, listing), by=companion)
    services.cancel(booking=accepted(client_user, listing), by=companion)
    assert part(companion)["news"] == []
    missed = requested(client_user, listing)
    services.run_due(now_ms=missed.due_ms)
    assert [item["booking"] for item in part(companion)["news"]] == [missed]


def test_an_order_that_was_never_paid_was_never_hers(client_user, companion, listing):
    services.cancel(booking=ordered(client_user, listing), by=client_user)
    assert part(companion)["news"] == []


# The promise


def test_a_message_that_waits_shows_when_the_clock_will_stop(client_user, companion, listing, desk):
    booking = live(client_user, listing)
    assert "data-question" not in desk(**{"HX-Request": "true"})
    speak(booking.pk, companion=False)
    booking.refresh_from_db()
    assert part(companion)["reply_by_ms"] == booking.turn.awaiting_since_ms + 60_000
    assert f'data-question="{booking.turn.awaiting_since_ms}"' in desk(**{"HX-Request": "true"})


def test_a_clock_that_stopped_for_her_says_so(client_user, companion, listing, desk):
    booking = live(client_user, listing)
    speak(booking.pk, companion=False, now_ms=booking.live_since_ms + 1)
    services.sweep(now_ms=booking.live_since_ms + 2 * MINUTE)
    assert "notice bad" in desk(**{"HX-Request": "true"})


# The figures


def test_too_little_is_said_with_its_numbers(desk, client_user, companion, listing):
    served(client_user, listing, 6)
    page = workbench_page(companion.companion)
    assert page["figures"].acceptance.permille is None
    assert (page["figures"].acceptance.good, page["figures"].acceptance.all) == (1, 1)
    assert "measure none" in desk()


def test_a_listing_shows_what_was_measured_and_nothing_when_it_is_too_little(client, listing):
    url = listing.get_absolute_url()
    assert "figures card" not in client.get(url).content.decode()
    Listing.objects.filter(pk=listing.pk).update(median_reply_ms=23_400)
    Companion.objects.update(acceptance_pm=976, completion_pm=1000)
    page = client.get(url).content.decode()
    assert "24 秒" in page and "97%" in page and "100%" in page


# Without script, and who may look


def test_the_tables_stand_on_the_page_without_any_script(client_user, companion, listing, desk):
    settled_at(served(client_user, listing, 6), timezone.now())
    page = desk()
    assert 'data-value="170">¥1.70</td>' in page


def test_the_part_that_is_asked_for_again_is_only_the_part(desk):
    whole, again = desk(), desk(**{"HX-Request": "true"})
    assert 'id="live-part"' in again and "<canvas" not in again and "<canvas" in whole


def test_who_is_no_companion_has_no_workbench(client, client_user):
    client.force_login(client_user)
    assert client.get(WORKBENCH)["Location"] == reverse("listings:profile")


def days_of_history(listing: Listing, rows: int) -> None:
    for number in range(rows):
        settled_at(served(a_user(f"past{number}"), listing, 6), timezone.now() - timedelta(days=number))
        services.cancel(booking=accepted(a_user(f"gone{number}"), listing), by=User.objects.latest("pk"))
        requested(a_user(f"waiting{number}"), listing)


@pytest.mark.parametrize(("headers", "queries"), [({}, 25), ({"HX-Request": "true"}, 16)])
@pytest.mark.parametrize("rows", [1, 3])
def test_the_workbench_asks_the_same_number_of_questions(
    client, companion, listing, rows, headers, queries, django_assert_num_queries
):
    days_of_history(listing, rows)
    client.force_login(companion)
    with django_assert_num_queries(queries):
        client.get(WORKBENCH, headers=headers)


# What she agrees to


def plans_of_both_kinds(rows: int) -> User:
    """So many visits and meals that wait for her answer; returns her."""
    visits, meals = a_place("shen"), a_place("ruby", kind="dining")
    Listing.objects.filter(pk=meals.pk).update(companion=visits.companion)
    meals.refresh_from_db()
    for number in range(rows):
        pay(planned(a_user(f"patient{number}"), visits, starts_at=on_the_half_hour(48 + 48 * number)))
        pay(a_meal(a_user(f"eater{number}"), meals, starts_at=on_the_half_hour(60 + 48 * number)))
    return visits.companion.user


def test_a_request_says_what_was_planned_before_she_answers_and_nothing_of_health(client):
    client.force_login(plans_of_both_kinds(1))
    page = client.get(WORKBENCH, headers={"accept-language": "en"}).content.decode()
    meal, visit = sorted(page.split("data-order=")[1:], key=lambda card: "Meeting point" in card)
    assert "门诊大厅 1 号门" in visit and "mother or father" in visit and "Who pays" not in visit
    assert "青霉素" not in page and "陈阿姨" not in page
    assert "外婆家 · 淮海中路" in meal and "The client pays" in meal and "清淡、电影" in meal


@pytest.mark.parametrize("rows", [1, 3])
def test_plans_take_one_question_per_kind(client, rows, django_assert_num_queries):
    client.force_login(plans_of_both_kinds(rows))
    with django_assert_num_queries(19):
        client.get(WORKBENCH, headers={"HX-Request": "true"})
