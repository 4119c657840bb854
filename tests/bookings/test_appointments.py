"""Orders at a time: the time is kept, the chat opens early, the clock never starts before it."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from bookings import services
from bookings.errors import (
    AppointmentComes,
    AppointmentThen,
    ClientBusy,
    NotPossibleNow,
    TooLongForNow,
    TooManyUnpaid,
)
from bookings.models import Booking, State
from common.clock import database_now_ms
from listings.errors import NotFreeThen
from listings.models import TakenTime
from listings.services import give_back_time, take_time
from payments.models import Refund
from payments.services.books import check_books
from tests.cast import a_listing, a_user, a_week
from tests.orders import (
    MINUTE,
    accepted,
    appointed,
    live,
    on_the_half_hour,
    ordered,
    pay,
    requested,
    settle,
    speak,
    starts_move_freely,
)

pytestmark = pytest.mark.django_db
HOUR = 60 * MINUTE


@pytest.fixture(autouse=True)
def hours(listing, other_listing):
    for each in (listing, other_listing):
        a_week(each.companion)


def refunds(booking: Booking) -> list[int]:
    return list(Refund.objects.filter(ref=booking.pk).values_list("amount", flat=True))


def again(booking: Booking) -> Booking:
    return Booking.objects.get(pk=booking.pk)


def near(booking: Booking) -> Booking:
    """Its chat is open, the agreed time has not come."""
    services.run_due(now_ms=booking.starts_ms - settings.CHAT_EARLY_MS)
    return again(booking)


def test_an_order_for_a_time_keeps_it_from_others_before_it_is_paid(client_user, other_client, listing):
    booking = ordered(client_user, listing, starts_at=on_the_half_hour())
    with pytest.raises(NotFreeThen):
        ordered(other_client, listing, starts_at=booking.starts_at)


def test_who_chose_a_time_and_sent_none_does_not_order_for_now(client, client_user, listing):
    client.force_login(client_user)
    sent = {"minutes": "30", "request_key": str(uuid4()), "seen_fen": listing.price_fen, "later": "1"}
    start = reverse("bookings:start", args=[listing.pk])
    answer = client.post(start, sent, follow=True, headers={"accept-language": "en"})
    assert "Please choose one of the offered times." in answer.content.decode()
    assert not Booking.objects.exists()


def test_a_price_that_rose_is_told_and_the_chosen_time_kept(client, client_user, listing):
    client.force_login(client_user)
    page = f"http://testserver/listings/{listing.pk}/times/?minutes=60"
    sent = {"minutes": "60", "request_key": str(uuid4()), "seen_fen": 1500, "later": "1"}
    sent["starts_at"] = on_the_half_hour().isoformat()
    answer = client.post(reverse("bookings:start", args=[listing.pk]), sent, headers={"Referer": page})
    assert parse_qs(urlsplit(answer["Location"]).query) == {"minutes": ["60"], "starts_at": [sent["starts_at"]]}
    assert not Booking.objects.exists()


def test_the_companions_pause_is_kept_too(client_user, other_client, listing):
    listing.companion.buffer_minutes = 40
    listing.companion.save()
    booking = ordered(client_user, listing, starts_at=on_the_half_hour())
    with pytest.raises(NotFreeThen):
        ordered(other_client, listing, starts_at=booking.ends_at)
    assert ordered(other_client, listing, starts_at=booking.ends_at + timedelta(hours=1))


@pytest.mark.parametrize("leave", ["unpaid", "unanswered", "declined", "cancelled", "never begun"])
def test_whoever_leaves_gives_the_time_back(client_user, other_client, listing, leave):
    booking = ordered(client_user, listing, starts_at=on_the_half_hour())
    if leave == "unpaid":
        services.run_due(now_ms=booking.due_ms)
    elif leave == "unanswered":
        services.run_due(now_ms=pay(booking).due_ms)
    elif leave == "declined":
        services.decline(booking=pay(booking), by=booking.companion)
    else:
        booking = services.accept(booking=pay(booking), by=booking.companion)
        services.cancel(booking=booking, by=client_user) if leave == "cancelled" else settle(booking)
    assert not TakenTime.objects.filter(ref=booking.pk).exists()
    assert refunds(booking) == ([] if leave == "unpaid" else [1000])
    assert ordered(other_client, listing, starts_at=booking.starts_at)


def test_it_may_be_paid_and_accepted_only_before_it_begins(client_user, listing):
    listing.companion.lead_minutes = 0
    listing.companion.save()
    soon = on_the_half_hour(1)
    booking = pay(ordered(client_user, listing, starts_at=soon))
    assert booking.due_ms == booking.starts_ms
    services.run_due(now_ms=booking.starts_ms)
    assert again(booking).state == State.EXPIRED


def test_she_has_twelve_hours_to_accept(client_user, listing):
    booking = pay(ordered(client_user, listing, starts_at=on_the_half_hour()))
    assert booking.due_ms - booking.steps.last().at_ms == pytest.approx(12 * HOUR, abs=1000)


def test_the_chat_opens_ten_minutes_early_and_the_clock_does_not_start(client_user, listing):
    booking = appointed(client_user, listing)
    assert speak(booking.pk, companion=True, now_ms=booking.starts_ms - 11 * MINUTE)[0] is False
    booking = near(booking)
    may_write, _at, stepped = speak(booking.pk, companion=True, now_ms=booking.starts_ms - 1)
    assert (may_write, stepped, again(booking).state) == (True, False, State.ACCEPTED)


def test_from_the_agreed_time_on_her_first_words_start_the_clock(client_user, listing):
    booking = near(appointed(client_user, listing))
    speak(booking.pk, companion=False, now_ms=booking.starts_ms + 1)
    assert again(booking).state == State.ACCEPTED
    speak(booking.pk, companion=True, now_ms=booking.starts_ms + 5_000)
    assert again(booking).live_since_ms == booking.starts_ms + 5_000


def test_every_minute_after_that_is_billed_as_in_any_order(client_user, listing):
    booking = near(appointed(client_user, listing))
    speak(booking.pk, companion=True, now_ms=booking.starts_ms)
    booking = settle(booking, now_ms=booking.starts_ms + HOUR)
    assert (booking.state, booking.billed_min, refunds(booking)) == (State.SETTLED, 30, [])
    assert check_books(with_stripe=False) == []


def test_no_first_words_in_a_quarter_of_an_hour_is_a_no_show(client_user, listing):
    booking = near(appointed(client_user, listing))
    services.run_due(now_ms=booking.starts_ms + 15 * MINUTE - 1)
    assert again(booking).state == State.ACCEPTED
    services.run_due(now_ms=booking.starts_ms + 15 * MINUTE)
    assert (again(booking).state, refunds(booking)) == (State.NO_SHOW, [1000])


def test_words_after_that_quarter_do_not_start_a_clock_even_when_no_sweep_came_by(client_user, listing):
    booking = near(appointed(client_user, listing))
    assert speak(booking.pk, companion=True, now_ms=booking.starts_ms + 15 * MINUTE)[0] is False


def test_a_sweep_that_was_away_all_the_time_closes_it_and_blames_nobody(client_user, companion, listing):
    booking = appointed(client_user, listing)
    services.run_due(now_ms=booking.starts_ms + HOUR)
    assert (again(booking).state, again(booking).missed_by, refunds(booking)) == (State.NO_SHOW, None, [1000])
    assert reliability(companion) == (0, 0)


def test_a_chat_that_was_opened_late_leaves_her_time_to_speak(client_user, listing):
    booking = appointed(client_user, listing)
    late = booking.starts_ms + 15 * MINUTE - 1
    services.run_due(now_ms=late)
    assert again(booking).chat_is_open
    assert speak(booking.pk, companion=True, now_ms=late + 2 * MINUTE)[2] is True


def reliability(companion) -> tuple[int, int]:
    """Of how many orders it is asked whether she was on time, and whether she completed them."""
    [figures] = services.figures_of(user_ids=[companion.pk])
    return figures.on_time.all, figures.completion.all


def test_who_is_kept_waiting_by_the_clients_other_order_is_not_the_one_who_did_not_come(
    client_user, companion, listing
):
    booking = near(appointed(client_user, listing))
    accepted(client_user, a_listing("overrun"))
    speak(booking.pk, companion=True, now_ms=booking.starts_ms)
    services.run_due(now_ms=booking.starts_ms + 15 * MINUTE)
    assert (again(booking).state, again(booking).missed_by, refunds(booking)) == (State.NO_SHOW, client_user, [500])
    assert reliability(companion) == (0, 0)


def test_who_said_nothing_meanwhile_or_was_with_somebody_else_herself_did_not_come(
    client_user, other_client, companion, listing, other_listing
):
    silent = near(appointed(client_user, listing))
    accepted(client_user, a_listing("overrun"))
    busy = near(appointed(other_client, other_listing))
    accepted(a_user("third"), other_listing)
    speak(busy.pk, companion=True, now_ms=busy.starts_ms)
    services.run_due(now_ms=silent.starts_ms + 15 * MINUTE)
    assert [again(one).missed_by for one in (silent, busy)] == [companion, busy.companion]
    assert reliability(companion) == (1, 1)


def test_both_ends_of_the_early_chat_are_the_same_number():
    with connection.cursor() as cursor:
        cursor.execute("SELECT bookings_early_ms()")
        assert cursor.fetchone() == (settings.CHAT_EARLY_MS,)


def test_an_order_for_now_does_not_reach_into_her_next_appointment(client_user, listing):
    in_an_hour = timezone.now() + timedelta(minutes=60)
    take_time(
        companion=listing.companion,
        ref=listing.companion.user.bookings.model().pk,
        starts_at=in_an_hour,
        ends_at=in_an_hour + timedelta(minutes=30),
        pause_min=0,
    )
    with pytest.raises(TooLongForNow):
        ordered(client_user, listing, minutes=60)
    assert ordered(client_user, listing, minutes=30)


def test_an_order_for_now_accepted_too_late_would_reach_into_it_and_is_refused(client_user, listing):
    booking = requested(client_user, listing, minutes=60)
    soon = timezone.now() + timedelta(minutes=30)
    later = Booking().pk
    take_time(companion=listing.companion, ref=later, starts_at=soon, ends_at=soon + timedelta(hours=1), pause_min=0)
    with pytest.raises(AppointmentComes):
        services.accept(booking=booking, by=booking.companion)
    assert again(booking).state == State.REQUESTED
    give_back_time(ref=later)
    assert services.accept(booking=booking, by=booking.companion).state == State.ACCEPTED


def test_an_order_for_now_takes_her_time_until_it_ends(client_user, listing):
    booking = accepted(client_user, listing)
    [taken] = TakenTime.objects.filter(ref=booking.pk)
    assert taken.ends_at - taken.starts_at == timedelta(minutes=30)
    speak(booking.pk, companion=True)
    services.end(booking=booking, by=client_user)
    taken.refresh_from_db()
    assert taken.free_again_at <= timezone.now()


def test_nobody_can_be_at_two_appointments(client_user, listing, other_listing):
    first = appointed(client_user, listing)
    with pytest.raises(AppointmentThen):
        ordered(client_user, other_listing, starts_at=first.starts_at)


def test_two_appointments_accepted_for_the_same_time_are_refused_by_the_database(client_user, listing, other_listing):
    then = on_the_half_hour()
    first = pay(ordered(client_user, listing, starts_at=then))
    second = pay(ordered(client_user, other_listing, starts_at=then + timedelta(hours=24)))
    with starts_move_freely():
        Booking.objects.filter(pk=second.pk).update(starts_ms=first.starts_ms)
    services.accept(booking=first, by=first.companion)
    with pytest.raises(ClientBusy):
        services.accept(booking=again(second), by=second.companion)
    services.decline(booking=again(second), by=second.companion)
    assert refunds(second) == [1750]


def test_of_two_orders_for_one_time_the_one_that_is_paid_last_comes_back_whole(client_user, listing, other_listing):
    first, second = (ordered(client_user, each, starts_at=on_the_half_hour()) for each in (listing, other_listing))
    assert pay(first).state == State.REQUESTED
    assert pay(second).state == State.EXPIRED
    assert refunds(second) == [1750]
    assert not TakenTime.objects.filter(ref=second.pk).exists()


def test_nobody_orders_a_time_that_what_he_is_in_may_still_reach(client_user, listing, other_listing):
    running = live(client_user, other_listing, minutes=120)
    other_listing.companion.refresh_from_db()
    soon = on_the_half_hour(1)
    listing.companion.lead_minutes = 0
    listing.companion.save()
    with pytest.raises(AppointmentThen):
        ordered(client_user, listing, starts_at=soon)
    services.end(booking=running, by=client_user)
    assert ordered(client_user, listing, starts_at=soon)


def test_she_is_not_given_an_appointment_that_the_clients_running_order_may_reach(
    client_user, companion, listing, other_listing
):
    listing.companion.lead_minutes = 0
    listing.companion.save()
    booking = pay(ordered(client_user, listing, starts_at=on_the_half_hour(1)))
    running = Booking.objects.get(pk=live(a_user("somebody"), other_listing, minutes=120).pk)
    Booking.objects.filter(pk=running.pk).update(client=client_user)
    with pytest.raises(ClientBusy):
        services.accept(booking=booking, by=companion)
    services.decline(booking=again(booking), by=companion)
    [figures] = services.figures_of(user_ids=[companion.pk])
    assert (again(booking).hindered, figures.acceptance.all) == (True, 0)


def test_an_appointment_that_runs_stands_in_the_way_of_accepting_another_then(client_user, listing, other_listing):
    then = on_the_half_hour()
    first, second = (ordered(client_user, each, starts_at=then) for each in (listing, other_listing))
    services.accept(booking=pay(first), by=first.companion)
    speak(first.pk, companion=True, now_ms=first.starts_ms)
    with pytest.raises(ClientBusy):
        services.accept(booking=pay(second), by=second.companion)


def test_her_pause_before_the_next_promise_is_kept_when_she_accepts_late(client_user, listing):
    listing.companion.buffer_minutes = 30
    listing.companion.save()
    booking = requested(client_user, listing)
    in_an_hour = timezone.now() + timedelta(minutes=62)
    later = Booking().pk
    take_time(companion=listing.companion, ref=later, starts_at=in_an_hour, ends_at=in_an_hour, pause_min=0)
    with pytest.raises(AppointmentComes):
        services.accept(booking=booking, by=booking.companion)
    give_back_time(ref=later)
    assert services.accept(booking=booking, by=booking.companion)


def test_unpaid_orders_cannot_keep_a_whole_evening_from_others(client_user, listing):
    for hours in (48, 50, 52):
        ordered(client_user, listing, starts_at=on_the_half_hour(hours))
    with pytest.raises(TooManyUnpaid):
        ordered(client_user, listing, starts_at=on_the_half_hour(54))


def test_while_one_of_the_two_is_still_with_somebody_else_the_clock_waits(client_user, listing):
    booking = near(appointed(client_user, listing))
    running = accepted(client_user, a_listing("overrun"))
    may_write, _at, stepped = speak(booking.pk, companion=True, now_ms=booking.starts_ms)
    assert (may_write, stepped) == (True, False)
    services.cancel(booking=running, by=client_user)
    assert speak(booking.pk, companion=True, now_ms=booking.starts_ms + 1)[2] is True


def test_a_stranger_answers_nothing(listing, client_user):
    booking = pay(ordered(client_user, listing, starts_at=on_the_half_hour()))
    with pytest.raises(NotPossibleNow):
        services.accept(booking=booking, by=a_user("stranger"))


@pytest.mark.parametrize("kept", [True, False])
def test_an_order_made_longer_by_pauses_keeps_her_without_blame(client_user, other_client, listing, kept):
    booking = appointed(client_user, listing)
    if kept:
        live(other_client, listing)
    quarter = booking.terms.first_message_window_ms
    moment = database_now_ms() - 1000
    with starts_move_freely():
        Booking.objects.filter(pk=booking.pk).update(starts_ms=moment - quarter, due_ms=moment)
    services.run_due()
    booking.refresh_from_db()
    assert (booking.state, booking.missed_by) == (State.NO_SHOW, None if kept else listing.companion.user)
