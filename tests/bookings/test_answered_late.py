"""Somebody declines, cancels or blocks when the time to answer is over and no sweep has come by: it has expired, and
nothing tells it from an order that a sweep closed."""

from collections.abc import Callable, Iterator

import pytest
from django.urls import reverse

from accounts import services as accounts
from bookings import services
from bookings.models import Booking, State
from payments.models import Payment, Refund
from payments.services.books import check_books
from tests.clock import clock_in_hand, set_clock
from tests.orders import ordered, requested

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}

Act = Callable[[Booking], object]


def declines(booking: Booking) -> None:
    services.decline(booking=booking, by=booking.companion)


def cancels(booking: Booking) -> None:
    services.cancel(booking=booking, by=booking.client, expected_fen=1000)


def client_blocks(booking: Booking) -> None:
    accounts.block(by=booking.client, other=booking.companion)


def companion_blocks(booking: Booking) -> None:
    accounts.block(by=booking.companion, other=booking.client)


def no_one(booking: Booking) -> None:
    services.run_due(now_ms=booking.due_ms)


ANSWERS = {declines: State.DECLINED, cancels: State.CANCELLED}
BLOCKS = {client_blocks: State.CANCELLED, companion_blocks: State.CANCELLED}
WHOSE = [*ANSWERS, *BLOCKS, no_one]


@pytest.fixture(autouse=True)
def _clock(db) -> Iterator[None]:
    with clock_in_hand():
        yield


def at_its_end(booking: Booking, act: Act, after_ms: int = 0) -> Booking:
    set_clock(booking.due_ms + after_ms)
    act(booking)
    booking.refresh_from_db()
    return booking


def outcome(booking: Booking) -> dict[str, object]:
    [figures] = services.figures_of(user_ids=[booking.companion_id])
    return {
        "state": (booking.state, booking.due_ms, booking.cancelled_by, booking.kept_fen, booking.hindered),
        "steps": list(booking.steps.order_by("id").values_list("state", flat=True)),
        "back": list(Refund.objects.filter(ref=booking.pk).values_list("amount", flat=True)),
        "payments": list(Payment.objects.filter(ref=booking.pk).values_list("status", "refunded")),
        "acceptance": (figures.acceptance.good, figures.acceptance.all),
        "books": check_books(with_stripe=False),
    }


@pytest.mark.parametrize("act", WHOSE)
def test_what_nobody_answered_in_time_has_expired_whoever_comes_then(client_user, listing, act):
    booking = at_its_end(requested(client_user, listing), act)
    assert outcome(booking) == {
        "state": (State.EXPIRED, None, None, None, False),
        "steps": ["awaiting_payment", "requested", "expired"],
        "back": [1000],
        "payments": [("succeeded", 1000)],
        "acceptance": (0, 1),
        "books": [],
    }


@pytest.mark.parametrize("act", [cancels, client_blocks, companion_blocks, no_one])
def test_so_has_what_nobody_paid(client_user, listing, act):
    booking = at_its_end(ordered(client_user, listing), act)
    assert (booking.state, booking.cancelled_by, outcome(booking)["acceptance"]) == (State.EXPIRED, None, (0, 0))


@pytest.mark.parametrize("act", WHOSE)
def test_a_tick_that_comes_later_changes_nothing(client_user, listing, act):
    booking = at_its_end(requested(client_user, listing), act, after_ms=5000)
    before = outcome(booking)
    set_clock(booking.steps.latest("id").at_ms + 1000)
    services.tick()
    booking.refresh_from_db()
    assert outcome(booking) == before


@pytest.mark.parametrize(("act", "state"), (ANSWERS | BLOCKS).items())
def test_a_millisecond_earlier_it_was_in_time(client_user, listing, act, state):
    assert at_its_end(requested(client_user, listing), act, after_ms=-1).state == state


def test_what_was_accepted_is_not_asked_for_its_answer_again(client_user, listing):
    booking = requested(client_user, listing)
    answer_by = booking.due_ms
    booking = services.accept(booking=booking, by=booking.companion)
    set_clock(answer_by)
    assert services.cancel(booking=booking, by=client_user).state == State.CANCELLED


# What is said


def said(client, booking: Booking, path: str, who: str, **sent) -> str:
    set_clock(booking.due_ms)
    client.force_login(getattr(booking, who))
    return client.post(reverse(path, args=[booking.pk]), sent, headers=ENGLISH, follow=True).content.decode()


def test_she_hears_that_it_was_too_late_and_not_that_she_declined(client, client_user, listing):
    text = said(client, requested(client_user, listing), "bookings:decline", "companion")
    assert "The time to answer was over already" in text and "Declined" not in text


def test_he_hears_that_it_had_expired(client, client_user, listing):
    text = said(client, requested(client_user, listing), "bookings:cancel", "client", expected_fen=1000)
    assert "the order has expired. What was paid comes back whole." in text
    assert "shanshan did not answer in time" in text
