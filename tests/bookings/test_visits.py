"""Appointments in person: ordered by who is identified, at the visit's price, talked about from the acceptance on."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.conf import settings
from django.urls import reverse

from bookings import services
from bookings.errors import MinutesOutOfRange, NotIdentified, TooManyUnpaid
from bookings.models import Booking, State
from chat.models import Conversation
from listings.errors import NotBookableYet, NotFreeThen
from listings.models import TakenTime
from payments.models import Refund
from payments.services.books import check_books
from tests.cast import a_listing, a_week
from tests.orders import MINUTE, accepted, on_the_half_hour, ordered, pay, settle, speak, starts_move_freely
from tests.papers import identify
from tests.visits import a_place, agreed, ask_for

pytestmark = pytest.mark.django_db
HOUR = 60 * MINUTE


@pytest.fixture
def clinic(db):
    return a_place("shen")


@pytest.fixture
def dining(db):
    return a_place("ruby", kind="dining")


def test_a_visit_is_one_price_for_the_hours_it_includes(client_user, clinic):
    booking = ask_for(client_user, clinic)
    terms = booking.terms
    assert (terms.price_unit, terms.prepaid_fen, terms.included_min, terms.overtime_fen) == ("visit", 30000, 240, 4000)
    assert (booking.online, booking.granted_ms, terms.place) == (False, 4 * HOUR, "上海 复旦大学附属华山医院")


def test_a_meal_is_paid_by_the_hour(client_user, dining):
    booking = ask_for(client_user, dining, minutes=90)
    assert (booking.terms.price_unit, booking.terms.prepaid_fen, booking.granted_ms) == ("hour", 9000, 90 * MINUTE)


@pytest.mark.parametrize(("kind", "minutes"), [("clinic", 60), ("clinic", 300), ("dining", 30), ("dining", 270)])
def test_other_lengths_are_refused(client_user, kind, minutes):
    with pytest.raises(MinutesOutOfRange):
        ask_for(client_user, a_place("shen", kind=kind), minutes=minutes)


@pytest.mark.parametrize("kind", ["clinic", "dining"])
def test_nobody_meets_in_person_at_this_moment(client_user, kind):
    identify(client_user)
    listing = a_place("shen", kind=kind)
    with pytest.raises(NotBookableYet):
        ordered(client_user, listing, listing.lengths[0])


def test_who_is_not_identified_orders_a_chat_and_no_meeting(client_user, clinic, listing):
    a_week(listing.companion)
    with pytest.raises(NotIdentified):
        services.order(by=client_user, listing=clinic, minutes=240, request_key=uuid4(), starts_at=on_the_half_hour())
    assert not TakenTime.objects.exists()
    assert ordered(client_user, listing, starts_at=on_the_half_hour())


def test_she_has_twelve_hours_the_time_is_kept_and_her_way_home_too(client_user, other_client, clinic):
    booking = pay(ask_for(client_user, clinic))
    assert booking.due_ms - booking.steps.last().at_ms == pytest.approx(12 * HOUR, abs=1000)
    [taken] = TakenTime.objects.all()
    way = timedelta(minutes=clinic.companion.buffer_minutes + 30)
    assert (taken.starts_at, taken.free_again_at - taken.ends_at) == (booking.starts_at, way)
    with pytest.raises(NotFreeThen):
        ask_for(other_client, clinic, starts_at=booking.ends_at)


def test_three_unpaid_at_most_and_no_further_than_four_weeks(client_user, other_client, clinic, dining):
    for hours in (48, 72, 96):
        ask_for(client_user, clinic, starts_at=on_the_half_hour(hours))
    with pytest.raises(TooManyUnpaid):
        ask_for(client_user, dining, starts_at=on_the_half_hour(120))
    with pytest.raises(NotFreeThen):
        ask_for(other_client, dining, starts_at=on_the_half_hour(29 * 24))


def test_notice_is_needed(client_user, dining):
    dining.companion.lead_minutes = 600
    dining.companion.save()
    with pytest.raises(NotFreeThen):
        ask_for(client_user, dining, starts_at=on_the_half_hour(9))


# The acceptance


def test_with_the_acceptance_the_two_can_write_and_nothing_is_billed(client_user, clinic):
    booking = agreed(client_user, clinic)
    assert Conversation.objects.get().gate
    assert booking.chat_is_open
    for number, companion in enumerate([True, False, True]):
        may_write, _at, stepped = speak(booking.pk, companion=companion, now_ms=booking.starts_ms - HOUR + number)
        assert (may_write, stepped) == (True, False)
    booking.refresh_from_db()
    assert (booking.state, booking.turn.awaiting_since_ms, booking.billed_min) == (State.ACCEPTED, None, 0)


def test_the_two_have_a_quarter_of_an_hour_to_meet(client_user, clinic):
    booking = agreed(client_user, clinic)
    assert booking.due_ms == booking.starts_ms + settings.LATE_LIMIT_MS
    services.run_due(now_ms=booking.due_ms - 1)
    booking.refresh_from_db()
    assert booking.state == State.ACCEPTED
    services.run_due(now_ms=booking.due_ms)
    booking.refresh_from_db()
    assert booking.state == State.NO_SHOW
    assert speak(booking.pk, companion=True)[0] is False


def test_what_is_declined_goes_back_whole(client_user, clinic):
    booking = pay(ask_for(client_user, clinic))
    services.decline(booking=booking, by=booking.companion)
    assert list(Refund.objects.values_list("amount", flat=True)) == [30000]
    assert check_books(with_stripe=False) == []


def test_a_paid_chat_of_the_same_two_takes_the_talk_and_gives_it_back(client_user, clinic):
    visit = agreed(client_user, clinic)
    chat = accepted(client_user, a_listing("shen", companion=clinic.companion))
    assert Conversation.objects.get().booking_id == chat.pk
    services.cancel(booking=chat, by=client_user)
    talk = Conversation.objects.get()
    assert (talk.booking_id, talk.gate) == (visit.pk, True)


def test_an_appointment_in_the_chat_opens_although_a_visit_is_being_arranged(client_user, clinic):
    visit = agreed(client_user, clinic, starts_at=on_the_half_hour(72))
    talking = a_listing("shen", companion=clinic.companion)
    coming = pay(ordered(client_user, talking, starts_at=on_the_half_hour(30)))
    services.accept(booking=coming, by=coming.companion)
    assert Conversation.objects.get().booking_id == visit.pk
    services.run_due(now_ms=coming.starts_ms - settings.CHAT_EARLY_MS)
    assert Conversation.objects.get().booking_id == coming.pk
    settle(coming)
    assert Conversation.objects.get().booking_id == visit.pk


# Its pages


def page(client, path: str) -> str:
    return client.get(path, headers={"accept-language": "en"}).content.decode()


def test_the_listing_says_what_a_visit_costs_and_leads_to_its_times(client, clinic):
    text = page(client, f"/listings/{clinic.pk}/")
    assert "One visit, 4 hours included" in text and "not open" not in text
    assert f"/listings/{clinic.pk}/times/" in text
    assert "Each half hour beyond that costs ¥40" in page(client, f"/listings/{clinic.pk}/times/")


def test_without_hours_it_says_so(client, clinic):
    clinic.companion.weekly_hours.all().delete()
    text = page(client, f"/listings/{clinic.pk}/")
    assert "has not entered any hours" in text and f"/listings/{clinic.pk}/times/" not in text


def choose(client, listing, starts_at):
    form = {
        "minutes": listing.lengths[0],
        "later": "1",
        "starts_at": starts_at.isoformat(),
        "request_key": str(uuid4()),
        "seen_fen": listing.price_fen,
    }
    return client.post(reverse("bookings:start", args=[listing.pk]), form)


def test_who_is_not_identified_is_led_there_and_back_with_his_choice(client, client_user, clinic):
    client.force_login(client_user)
    then = on_the_half_hour()
    step = choose(client, clinic, then)
    assert step.status_code == 303
    assert step["Location"].startswith(reverse("bookings:identify", args=[clinic.pk]))
    text = page(client, step["Location"])
    assert "Confirm my identity" in text and "One visit" in text and "Next: the plan" not in text
    [way] = [link for link in text.split('"') if link.startswith("/identity/?next=")]
    assert parse_qs(urlsplit(way).query)["next"] == [step["Location"]]
    assert not Booking.objects.exists()

    client.get(way)
    identify(client_user)
    assert step["Location"].replace("&", "&amp;") in page(client, "/identity/")
    assert "Next: the plan" in page(client, step["Location"])
    planning = choose(client, clinic, then)["Location"]
    assert planning.startswith(reverse("visits:plan", args=[clinic.pk])) and not Booking.objects.exists()


def test_a_time_that_was_taken_meanwhile_is_said_at_that_step(client, client_user, other_client, clinic):
    client.force_login(client_user)
    step = choose(client, clinic, on_the_half_hour())["Location"]
    ask_for(other_client, clinic)
    identify(client_user)
    text = page(client, step)
    assert "no longer free" in text and "Next: the plan" not in text


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_is_one_of_ours(client, client_user, elsewhere):
    client.force_login(client_user)
    client.get("/identity/", {"next": elsewhere})
    assert "Back to your booking" not in page(client, "/identity/")


def test_over_the_end_of_the_year_everybody_reads_the_time_of_shanghai(client, client_user, clinic):
    """A client in New York reads the same hour: 23:30 of the 31st, until 03:30 of the new year."""
    booking = agreed(client_user, clinic)
    then = datetime(2026, 12, 31, 15, 30, tzinfo=UTC)
    with starts_move_freely():
        Booking.objects.filter(pk=booking.pk).update(starts_ms=int(then.timestamp() * 1000))
    client.force_login(client_user)
    text = client.get(f"/bookings/{booking.pk}/", headers={"accept-language": "en-US"}).content.decode()
    assert "Thursday, December 31 23:30</time>–<span data-until>03:30" in text
    client.force_login(booking.companion)
    assert "12月31日 星期四 23:30</time>–<span data-until>03:30" in client.get("/bookings/workbench/").content.decode()
