"""The sum stands on the page before it is confirmed, and what became of it afterwards, on both sides."""

import json
import re
from functools import partial

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime

from accounts import services as accounts
from bookings import services
from bookings.models import Booking, State
from bookings.pages import orders_part
from bookings.services.cancelling import DAY_MS
from chat.models import Message
from common.clock import moment
from payments import services as payments
from tests.bookings.test_cancelling import QUARTER, again, moved_to, near
from tests.cast import a_week
from tests.orders import MINUTE, accepted, appointed, live, on_the_half_hour, ordered, pay, requested, speak

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def hours(listing):
    return a_week(listing.companion)


def text_of(client, name: str, booking: Booking) -> str:
    page = client.get(reverse(name, args=[booking.pk]), headers=ENGLISH).content.decode()
    words = re.sub(r"<[^>]+>", "", page)
    return re.sub(r"\s+", " ", words)


page_of = partial(text_of, name="bookings:detail")


def expected(client, booking: Booking) -> int:
    page = client.get(reverse("bookings:detail", args=[booking.pk])).content.decode()
    return int(re.search(r'name="expected_fen"\s+value="(\d*)"', page)[1])


def post(client, booking: Booking, **form):
    return client.post(reverse("bookings:cancel", args=[booking.pk]), form, follow=True, headers=ENGLISH)


def at(ms: int) -> str:
    then = localtime(moment(ms))
    with translation.override("en"):
        return f"{date_format(then, 'MONTH_DAY_FORMAT')} {date_format(then, 'H:i')}"


@pytest.mark.parametrize("role", ["client", "companion"])
@pytest.mark.parametrize(("starts_in", "back"), [(DAY_MS + MINUTE, 1000), (DAY_MS - MINUTE, 800)])
def test_what_the_page_says_is_what_happens(client, client_user, companion, listing, role, starts_in, back):
    booking = moved_to(appointed(client_user, listing), starts_in)
    client.force_login(client_user if role == "client" else companion)
    sum_shown = expected(client, booking)
    assert sum_shown == (back if role == "client" else 1000)
    post(client, booking, expected_fen=sum_shown)
    sent = sum(refund.amount for refund in payments.money_of(ref=booking.pk).refunds)
    assert (again(booking).state, sent) == (State.CANCELLED, sum_shown)


def test_the_moment_from_which_it_costs_stands_there(client, client_user, listing):
    booking = moved_to(appointed(client_user, listing), DAY_MS * 2)
    client.force_login(client_user)
    limit = at(booking.starts_ms - DAY_MS)
    assert f"Until {limit} all of it comes back, after that 80%." in page_of(client, booking=booking)


def test_within_the_day_it_says_what_stays_and_why(client, client_user, listing):
    booking = moved_to(appointed(client_user, listing), 60 * MINUTE)
    client.force_login(client_user)
    page = page_of(client, booking=booking)
    assert "Comes back to you ¥8" in page
    assert "Stays with shanshan, 20%" in page and "¥2" in page
    assert "It begins in less than 24 hours" in page


def test_who_waits_past_the_agreed_time_is_told_to_wait_on(client, client_user, listing):
    booking = near(moved_to(appointed(client_user, listing), 60 * MINUTE))
    booking = moved_to(booking, -5 * MINUTE)
    Booking.objects.filter(pk=booking.pk).update(due_ms=booking.starts_ms + QUARTER)
    client.force_login(client_user)
    assert "then wait rather than cancel" in page_of(client, booking=booking)


@pytest.mark.parametrize(("starts_in", "words"), [(DAY_MS * 2, "until"), (60 * MINUTE, "80% comes back")])
def test_before_it_is_accepted_it_says_what_accepting_will_change(client, client_user, listing, starts_in, words):
    booking = moved_to(pay(ordered(client_user, listing, starts_at=on_the_half_hour())), starts_in)
    client.force_login(client_user)
    page = page_of(client, booking=booking)
    assert "because nobody has accepted yet. Once shanshan has accepted" in page and words in page


def test_another_sum_than_the_one_confirmed_is_said_and_nothing_is_cancelled(client, client_user, listing):
    booking = moved_to(appointed(client_user, listing), 60 * MINUTE)
    client.force_login(client_user)
    answer = post(client, booking, expected_fen=1000)
    assert "The sum that comes back has changed to ¥8; please look again." in answer.content.decode()
    assert again(booking).state == State.ACCEPTED


def test_as_json_it_is_a_conflict(client, client_user, listing):
    booking = moved_to(appointed(client_user, listing), 60 * MINUTE)
    client.force_login(client_user)
    url = reverse("bookings:cancel", args=[booking.pk])
    answer = client.post(url, {"expected_fen": "1000"}, headers={"Accept": "application/json", **ENGLISH})
    assert (answer.status_code, answer.json()["code"]) == (409, "refund_changed")


@pytest.mark.parametrize("nonsense", ["-1", "NaN", "1e309", "8 yuan", "9" * 40])
def test_a_sum_that_is_none_cancels_nothing(client, client_user, listing, nonsense):
    booking = requested(client_user, listing)
    client.force_login(client_user)
    post(client, booking, expected_fen=nonsense)
    assert again(booking).state == State.REQUESTED


@pytest.fixture
def left(client_user, listing) -> Booking:
    """Cancelled by its client an hour before."""
    booking = moved_to(appointed(client_user, listing), 60 * MINUTE)
    return services.cancel(booking=booking, by=client_user)


def test_afterwards_the_client_reads_what_came_back_and_what_stayed(client, client_user, left):
    client.force_login(client_user)
    page = page_of(client, booking=left)
    assert "¥8 comes back to you, ¥2 stays with shanshan" in page
    assert "Cancelled" in page and "¥8 goes back to you, ¥2 stays with the companion" in page
    assert "all of your money" not in page
    row = client.get(reverse("bookings:list"), headers=ENGLISH).content.decode()
    assert "· ¥2 · ¥8 back" in row


def test_afterwards_the_companion_reads_what_is_hers(client, companion, left):
    client.force_login(companion)
    page = page_of(client, booking=left)
    assert "¥1.70 is yours, after the platform's share" in page
    assert "The platform's share¥0.30" in page and "Goes back to the client¥8" in page
    assert "The client gets all of it back" not in page


@pytest.mark.parametrize(
    ("reader", "words"),
    [
        ("client", "The agreed time had come and shanshan was there, so it costs what not coming costs: ¥5 comes back"),
        ("companion", "You were there, and the client cancelled after the agreed time: ¥4.25 is yours"),
    ],
)
def test_who_cancels_while_she_waits_reads_that_it_is_not_the_24_hours(
    client, client_user, companion, listing, reader, words
):
    booking = near(appointed(client_user, listing))
    speak(booking.pk, companion=True, now_ms=booking.starts_ms + MINUTE, client_here=False)
    booking = moved_to(again(booking), -5 * MINUTE)
    Booking.objects.filter(pk=booking.pk).update(due_ms=booking.starts_ms + QUARTER)
    services.cancel(booking=booking, by=client_user)
    client.force_login(client_user if reader == "client" else companion)
    page = page_of(client, booking=booking)
    assert words in page and "24 hours" not in page


@pytest.mark.parametrize(
    ("reader", "words"),
    [
        ("client", "As agreed when it was ordered, ¥5 comes back to you, ¥5 stays with shanshan."),
        ("companion", "The client cancelled. As agreed when it was ordered, ¥4.25 is yours"),
    ],
)
def test_what_terms_of_another_kind_keep_is_not_the_24_hours_either(
    client, client_user, companion, listing, settings, reader, words
):
    settings.REFUND_POLICY = {**settings.REFUND_POLICY, "before_live": 50}
    booking = accepted(client_user, listing)
    services.cancel(booking=booking, by=client_user)
    client.force_login(client_user if reader == "client" else companion)
    page = page_of(client, booking=booking)
    assert words in page and "24 hours" not in page


def test_her_desk_and_her_income_know_of_it(client, companion, left):
    client.force_login(companion)
    page = client.get(reverse("bookings:workbench"), headers=ENGLISH).content.decode()
    assert "¥1.70 of it is yours" in re.sub(r"\s+", " ", page)
    [news] = orders_part(companion.companion)["news"]
    assert news["booking"].earned_fen == 170
    today = orders_part(companion.companion)["today"]
    assert (today["fen"], today["orders"]) == (170, 0)


MISSED = {
    ("client", "client"): "You did not come in time",
    ("client", "companion"): "The client did not come in time",
    ("companion", "client"): "We are sorry. All of your money comes back.",
    ("companion", "companion"): "the client gets everything back",
    ("nobody", "client"): "by our fault. We are sorry. All of your money comes back.",
    ("nobody", "companion"): "by our fault. We are sorry. The client gets all of it back.",
}


@pytest.mark.parametrize(("who", "reader"), MISSED)
def test_a_no_show_says_whose_it_was_and_what_it_cost(client, client_user, companion, listing, who, reader):
    booking = missed(client_user, listing, who)
    client.force_login(client_user if reader == "client" else companion)
    page = page_of(client, booking=booking)
    assert MISSED[who, reader] in page
    assert ("¥5" in page) == (who == "client")


def missed(client_user, listing, who: str) -> Booking:
    booking = appointed(client_user, listing)
    if who != "nobody":
        near(booking)
    if who == "client":
        speak(booking.pk, companion=True, now_ms=booking.starts_ms + MINUTE, client_here=False)
    services.run_due(now_ms=booking.starts_ms + QUARTER)
    return again(booking)


@pytest.mark.parametrize(
    ("reader", "words", "line"),
    [
        ("client", "shanshan was kept by another order", "s other order took longer"),
        ("companion", "You were kept by another order", "Your other order took longer"),
    ],
)
def test_whom_another_order_kept_is_said_to_have_been_kept(
    client, client_user, other_client, companion, listing, reader, words, line
):
    """The chat was open, so it was nobody's fault, ours neither."""
    booking = near(appointed(client_user, listing))
    live(other_client, listing)
    services.run_due(now_ms=booking.starts_ms + QUARTER)
    client.force_login(client_user if reader == "client" else companion)
    page = page_of(client, booking=booking)
    assert words in page and line in page and "our fault" not in page


LINES = {"client": "client_kept", "companion": None}


@pytest.mark.parametrize("who", LINES)
def test_the_talk_and_its_meter_are_told_the_truth(client, client_user, listing, who):
    booking = missed(client_user, listing, who)
    last = Message.objects.filter(kind="system").order_by("seq").last()
    assert json.loads(last.body) == {"event": "no_show", "reason": LINES[who]}
    client.force_login(client_user)
    page = client.get(reverse("chat:room", args=[booking.pk]), headers=ENGLISH).content.decode()
    kept = 500 if who == "client" else 0
    assert f'"kept_fen": {kept}' in page
    assert "{kept} stays with shanshan" in page
    assert ("data-unused>¥5<" in page) == (who == "client")


@pytest.mark.parametrize(("starts_in", "costs"), [(DAY_MS * 2, False), (60 * MINUTE, True)])
def test_the_block_says_what_it_costs_and_costs_that(client, client_user, companion, listing, starts_in, costs):
    booking = moved_to(appointed(client_user, listing), starts_in)
    client.force_login(client_user)
    words = "It counts as cancelled by you: ¥2 of what you had agreed on stays with shanshan"
    assert (words in page_of(client, booking=booking)) == costs
    offer = client.get(listing.get_absolute_url(), headers=ENGLISH).content.decode()
    assert (words in re.sub(r"\s+", " ", offer)) == costs
    accounts.block(by=client_user, other=companion)
    assert again(booking).kept_fen == (200 if costs else 0)


def test_a_companion_who_blocks_leaves_nothing(client, client_user, companion, listing):
    booking = moved_to(appointed(client_user, listing), 60 * MINUTE)
    client.force_login(companion)
    assert "It counts as cancelled by you" not in page_of(client, booking=booking)
    accounts.block(by=companion, other=client_user)
    assert again(booking).kept_fen == 0


def test_the_terms_have_the_numbers_of_the_settings(client, settings):
    settings.REFUND_POLICY = {**settings.REFUND_POLICY, "scheduled_late_cancel": 73, "late_cancel_ms": 7 * 3_600_000}
    page = client.get("/terms/", headers=ENGLISH).content.decode()
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "less than 7 hours before 73% 27%" in words
    assert (
        "The client is not there 15 minutes after the agreed time, or cancels within them, and the companion is 50% 50%"
        in words
    )


def test_what_it_costs_to_stay_away_is_said_once_it_is_agreed(client, client_user, companion, listing):
    booking = appointed(client_user, listing)
    client.force_login(client_user)
    assert "you are not within these 15 minutes, 50% comes back" in page_of(client, booking=booking)
    client.force_login(companion)
    assert "50% is yours, less the platform's share" in page_of(client, booking=booking)


def test_an_order_for_now_says_nothing_of_it(client, client_user, listing):
    booking = accepted(client_user, listing)
    client.force_login(client_user)
    page = page_of(client, booking=booking)
    assert "% comes back" not in page
    assert "All of it, to" in page and "because the clock has not started" in page


def test_the_chat_of_an_accepted_one_shows_the_same_sum(client, client_user, listing):
    booking = near(appointed(client_user, listing))
    booking = moved_to(booking, 5 * MINUTE)
    Booking.objects.filter(pk=booking.pk).update(due_ms=booking.starts_ms + settings.LATE_LIMIT_MS)
    client.force_login(client_user)
    page = client.get(reverse("chat:room", args=[booking.pk])).content.decode()
    assert re.search(r'name="expected_fen"\s+value="800"', page)
