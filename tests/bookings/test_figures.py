"""What is measured of a companion: each figure counted by hand, and the SQL held against plain Python."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from bookings import services
from bookings.models import Booking, Reply, State, Step, StopReason
from bookings.services.figures import MIN_ORDERS, MIN_REPLIES, Figures, figures_of
from common.clock import database_now_ms
from listings.models import Companion, Listing
from tests.cast import a_listing
from tests.orders import MINUTE, accepted, live, past_the_triggers, requested, settle, speak

pytestmark = pytest.mark.django_db
DAY = 24 * 60 * MINUTE


def figures(companion: User, **options) -> Figures:
    [found] = figures_of(user_ids=[companion.pk], **options)
    return found


def cancelled(client: User, listing: Listing, by: User) -> Booking:
    return services.cancel(booking=accepted(client, listing), by=by)


def kept(client: User, listing: Listing) -> Booking:
    booking = live(client, listing)
    services.end(booking=booking, by=client)
    return settle(booking)


def not_come(client: User, listing: Listing) -> Booking:
    booking = accepted(client, listing)
    services.run_due(now_ms=booking.due_ms)
    return booking


def test_acceptance_counts_what_she_took_against_what_she_could_have_taken(client_user, companion, listing):
    kept(client_user, listing)
    services.decline(booking=requested(client_user, listing), by=companion)
    missed = requested(client_user, listing)
    services.run_due(now_ms=missed.due_ms)
    services.cancel(booking=requested(client_user, listing), by=client_user)
    services.order(by=client_user, listing=listing, minutes=30, request_key=missed.pk)
    acceptance = figures(companion).acceptance
    assert (acceptance.good, acceptance.all) == (1, 3)


def test_completion_counts_what_she_cancelled_and_where_she_did_not_come_not_what_the_client_cancelled(
    client_user, companion, listing
):
    kept(client_user, listing)
    kept(client_user, listing)
    cancelled(client_user, listing, by=companion)
    cancelled(client_user, listing, by=client_user)
    not_come(client_user, listing)
    completion = figures(companion).completion
    assert (completion.good, completion.all) == (2, 4)


def test_an_order_that_ended_because_she_stayed_away_is_not_completed(client_user, companion, listing):
    booking = live(client_user, listing)
    speak(booking.pk, companion=False, now_ms=booking.live_since_ms + 1000)
    services.sweep(now_ms=booking.live_since_ms + 2 * MINUTE)
    settle(booking)
    completion = figures(companion).completion
    assert (booking.state, completion.good, completion.all) == (State.SETTLED, 0, 1)


def test_a_client_who_ends_while_the_clock_stands_was_not_let_down_for_good(client_user, companion, listing):
    booking = live(client_user, listing)
    age_ms = 61_000
    Booking.objects.filter(pk=booking.pk).update(live_since_ms=booking.live_since_ms - age_ms, due_ms=1)
    booking.refresh_from_db()
    speak(booking.pk, companion=False, now_ms=booking.live_since_ms + 500)
    services.end(booking=booking, by=client_user)
    settle(booking)
    assert booking.segments.get().stop_reason == StopReason.REPLY_OVERDUE
    completion = figures(companion).completion
    assert (completion.good, completion.all) == (1, 1)


def test_on_time_counts_first_words_in_time_against_those_that_did_not_come(client_user, companion, listing):
    kept(client_user, listing)
    not_come(client_user, listing)
    cancelled(client_user, listing, by=companion)
    accepted(client_user, listing)
    on_time = figures(companion).on_time
    assert (on_time.good, on_time.all) == (1, 2)


def test_who_cancelled_is_written_down(client_user, companion, listing):
    assert cancelled(client_user, listing, by=companion).cancelled_by == companion
    assert cancelled(client_user, listing, by=client_user).cancelled_by == client_user


# What is shown


def reply_often(booking: Booking, times: int, wait_ms: int) -> None:
    now = database_now_ms()
    Reply.objects.bulk_create(
        Reply(booking=booking, companion_id=booking.companion_id, asked_ms=now - wait_ms, replied_ms=now)
        for _ in range(times)
    )


def test_too_few_say_nothing(client_user, companion, listing):
    booking = kept(client_user, listing)
    reply_often(booking, MIN_REPLIES - 1, 20_000)
    services.measure_all()
    companion.companion.refresh_from_db()
    shown = companion.companion
    assert (shown.reply_median_ms, shown.acceptance_pm, shown.on_time_pm, shown.completion_pm) == (None,) * 4
    assert shown.figures_at is not None


def test_enough_are_shown_on_the_companion_and_the_listing(client_user, companion, listing):
    for _ in range(MIN_ORDERS):
        booking = kept(client_user, listing)
    not_come(client_user, listing)
    reply_often(booking, MIN_REPLIES, 20_000)
    reply_often(booking, 1, 3_000)
    call_command("measure")
    listing.refresh_from_db()
    shown = Companion.objects.get(user=companion)
    assert (shown.reply_median_ms, shown.acceptance_pm, shown.on_time_pm) == (20_000, 1000, 833)
    assert (shown.completion_pm, listing.median_reply_ms) == (833, 20_000)


def test_what_is_older_than_the_window_no_longer_counts(client_user, companion, listing):
    booking = kept(client_user, listing)
    reply_often(booking, 1, 5000)
    later = database_now_ms() + 90 * DAY + MINUTE
    found = figures(companion, now_ms=later)
    assert (found.waits.replies, found.acceptance.all, found.completion.all) == (0, 0, 0)


def measured_at(companion: User):
    return Companion.objects.get(user=companion).figures_at


def test_only_whose_orders_moved_are_measured_again(client_user, companion, listing, other_listing):
    kept(client_user, listing)
    kept(client_user, other_listing)
    a_listing("nobody")
    assert services.measure_changed() == 2
    long_enough = timezone.now() - timedelta(hours=1)
    Companion.objects.update(figures_at=long_enough)
    with past_the_triggers():
        Step.objects.filter(booking__in=other_listing.bookings.all()).update(at_ms=database_now_ms() - 2 * 60 * MINUTE)
    assert services.measure_changed() == 1
    assert measured_at(companion) > long_enough
    assert measured_at(other_listing.companion.user) == long_enough


def test_what_moved_while_no_round_came_is_measured_by_the_next(client_user, companion, listing):
    kept(client_user, listing)
    with past_the_triggers():
        Step.objects.update(at_ms=database_now_ms() - 5 * 60 * MINUTE)
    Companion.objects.update(figures_at=timezone.now() - timedelta(hours=6))
    assert services.measure_changed() == 1


def test_no_more_is_read_than_since_a_little_before_the_last_round(client_user, companion, listing, other_listing):
    """Of 100 000 orders at a time, a day's steps are millions."""
    kept(client_user, listing)
    services.measure_changed()
    with past_the_triggers():
        Step.objects.update(at_ms=database_now_ms() - 5 * MINUTE)
    Companion.objects.filter(user=companion).update(figures_at=timezone.now() - timedelta(hours=1))
    Companion.objects.filter(pk=other_listing.companion_id).update(figures_at=timezone.now())
    assert services.measure_changed() == 0


def test_everybody_is_measured_once_a_day_as_old_days_fall_out(client_user, companion, listing):
    kept(client_user, listing)
    with past_the_triggers():
        Step.objects.update(at_ms=database_now_ms() - 40 * DAY)
    Companion.objects.update(figures_at=timezone.now() - timedelta(hours=25))
    assert services.measure_changed() == 1


def test_more_companions_are_not_more_queries(client_user, listing, other_listing):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            services.measure_all()
        return len(captured)

    kept(client_user, listing)
    one = queries()
    kept(client_user, other_listing)
    assert queries() == one
