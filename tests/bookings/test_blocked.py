"""A blocked pair can neither find, book nor write to each other, whoever of the two began."""

from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts import services as accounts
from accounts.models import Block
from bookings import services
from bookings.errors import AlreadyTogether, NotPossibleNow, WithSomebody
from bookings.models import Booking, State
from listings.errors import ListingNotFound
from payments.models import Refund
from payments.services.books import check_books
from tests.orders import MINUTE, accepted, ask, live, ordered, pay, requested, settle, speak
from tests.rivals import rival
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["the client blocks", "the companion blocks"])
def sides(request, client_user, companion):
    """Who blocks, and whom."""
    return (client_user, companion) if request.param == "the client blocks" else (companion, client_user)


def block(sides) -> None:
    accounts.block(by=sides[0], other=sides[1])


def back(booking: Booking) -> int:
    return sum(Refund.objects.filter(ref=booking.pk).values_list("amount", flat=True))


def test_neither_finds_the_others_listing(client, client_user, listing, sides):
    block(sides)
    client.force_login(client_user)
    assert client.get(listing.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("page", ["listings:choose_time", "bookings:listing_reviews"])
def test_nor_its_times_and_reviews(client, client_user, stranger, listing, sides, page):
    block(sides)
    address = reverse(page, args=[listing.pk])
    client.force_login(client_user)
    assert client.get(address).status_code == 404
    assert client.get(address, headers={"HX-Request": "true"}).status_code == 404
    client.force_login(stranger)
    assert client.get(address).status_code == 200


def test_ones_own_listing_stays_ones_own(client, companion, listing, sides):
    block(sides)
    client.force_login(companion)
    assert client.get(listing.get_absolute_url()).status_code == 200


def test_a_stranger_still_finds_it(client, stranger, listing, sides):
    block(sides)
    assert client.get(listing.get_absolute_url()).status_code == 200
    client.force_login(stranger)
    assert client.get(listing.get_absolute_url()).status_code == 200


def test_neither_books_the_other(client, client_user, listing, sides):
    block(sides)
    with pytest.raises(ListingNotFound):
        ordered(client_user, listing)
    client.force_login(client_user)
    form = {"minutes": "30", "request_key": str(uuid4()), "seen_fen": listing.price_fen}
    assert client.post(reverse("bookings:start", args=[listing.pk]), form).status_code == 404
    assert not Booking.objects.exists()


def test_the_database_refuses_a_booking_of_the_two(client_user, companion, listing, sides):
    block(sides)
    row = {"client": client_user, "companion": companion, "listing": listing, "online": True, "now": True}
    with pytest.raises(IntegrityError, match="one of the two blocked the other"), transaction.atomic():
        Booking.objects.create(**row, granted_ms=30 * MINUTE, due_ms=1)


@pytest.mark.parametrize("state", [State.REQUESTED, State.ACCEPTED])
def test_the_database_refuses_to_go_on_with_one(client_user, listing, sides, state):
    booking = ordered(client_user, listing) if state == State.REQUESTED else requested(client_user, listing)
    Block.objects.create(blocker=sides[0], blocked=sides[1])
    with pytest.raises(IntegrityError, match="one of the two blocked the other"), transaction.atomic():
        Booking.objects.filter(pk=booking.pk).update(state=state)


def test_accepting_says_nothing_of_a_block(client_user, listing, sides):
    booking = requested(client_user, listing)
    Block.objects.create(blocker=sides[0], blocked=sides[1])
    with pytest.raises(NotPossibleNow):
        services.accept(booking=booking, by=booking.companion)


def test_after_taking_it_back_they_can_book_again(client_user, listing, sides):
    block(sides)
    accounts.unblock(by=sides[0], other_id=sides[1].pk)
    assert ordered(client_user, listing).state == State.AWAITING_PAYMENT


@pytest.mark.parametrize(("begin", "sum_back"), [(ordered, 0), (requested, 1000), (accepted, 1000)])
def test_what_has_not_begun_is_cancelled_and_all_of_it_goes_back(client_user, listing, sides, begin, sum_back):
    booking = begin(client_user, listing)
    block(sides)
    booking.refresh_from_db()
    assert (booking.state, back(booking)) == (State.CANCELLED, sum_back)
    assert check_books(with_stripe=False) == []


def test_a_payment_that_comes_after_the_block_goes_back(client_user, listing, sides):
    booking = ordered(client_user, listing)
    block(sides)
    pay(booking)
    assert (booking.state, back(booking)) == (State.CANCELLED, 1000)


@pytest.mark.parametrize("paused", [False, True])
def test_what_runs_ends_and_served_minutes_stay_billed(client_user, listing, sides, paused):
    booking = live(client_user, listing)
    Booking.objects.filter(pk=booking.pk).update(live_since_ms=booking.live_since_ms - 10 * MINUTE - 5000)
    if paused:
        booking.refresh_from_db()
        asked = booking.live_since_ms + 9 * MINUTE
        ask(str(asked))
        Booking.objects.filter(pk=booking.pk).update(due_ms=asked + MINUTE)
        services.sweep()
    block(sides)
    booking.refresh_from_db()
    assert booking.state == State.ENDED
    settle(booking)
    assert (booking.billed_min, back(booking)) == (10, 1000 - 2000 * 10 // 60)
    assert check_books(with_stripe=False) == []


def test_the_one_who_blocks_is_the_one_who_ended_it(client_user, listing, sides):
    booking = live(client_user, listing)
    block(sides)
    reason = "ended_by_client" if sides[0] == client_user else "ended_by_companion"
    assert [segment.stop_reason for segment in booking.segments.all()] == [reason]


def test_neither_writes_to_the_other(client_user, listing, sides):
    booking = live(client_user, listing)
    block(sides)
    assert [speak(booking.pk, companion=side)[0] for side in (True, False)] == [False, False]


def test_orders_with_others_go_on(client_user, other_client, listing, sides):
    booking = live(other_client, listing)
    block(sides)
    booking.refresh_from_db()
    assert booking.state == State.LIVE


def test_what_is_over_stays_as_it_was(client_user, listing, sides):
    booking = live(client_user, listing)
    services.end(booking=booking, by=client_user)
    settle(booking)
    block(sides)
    booking.refresh_from_db()
    assert booking.state == State.SETTLED


def test_each_blocks_the_other_from_their_order(client, client_user, listing, sides):
    booking = live(client_user, listing)
    client.force_login(sides[0])
    for _ in range(2):
        answer = client.post(reverse("bookings:block", args=[booking.pk]), follow=True)
    assert answer.redirect_chain == [(reverse("bookings:detail", args=[booking.pk]), 302)]
    shown = listing.companion.display_name if sides[0] == client_user else client_user.display_name
    assert list(Block.objects.values_list("blocker", "blocked", "known_as")) == [(sides[0].pk, sides[1].pk, shown)]


def test_the_other_sees_neutral_words_alone(client, client_user, listing, sides):
    booking = live(client_user, listing)
    block(sides)
    client.force_login(sides[1])
    pages = [reverse(f"bookings:{name}", args=[booking.pk]) for name in ("detail", "receipt")]
    for page in [*pages, reverse("chat:room", args=[booking.pk])]:
        assert "已拉黑" not in client.get(page).content.decode()


def test_nobody_is_asked_to_book_again_who_could_not(client, client_user, listing, sides):
    booking = live(client_user, listing)
    services.end(booking=booking, by=client_user)
    settle(booking)
    client.force_login(client_user)
    page = reverse("bookings:detail", args=[booking.pk])
    assert listing.get_absolute_url() in client.get(page).content.decode()
    block(sides)
    assert listing.get_absolute_url() not in client.get(page).content.decode()


def test_only_the_two_can_block_from_an_order(client, client_user, listing, stranger):
    booking = requested(client_user, listing)
    url = reverse("bookings:block", args=[booking.pk])
    assert client.post(url)["Location"].startswith("/accounts/login/")
    client.force_login(stranger)
    assert client.post(url).status_code == 404
    client.force_login(client_user)
    assert client.get(url).status_code == 405
    assert not Block.objects.exists()


@pytest.fixture
def without_the_lock():
    """Both look whether there is the other, and neither waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('bookings_lock_pair'::regproc)")
        [whole] = cursor.fetchone()
        cursor.execute(whole.replace("pg_advisory_xact_lock(hashtextextended(", "pg_notify('nobody', concat("))
    yield
    with connection.cursor() as cursor:
        cursor.execute(whole)


REFUSED = {ListingNotFound, NotPossibleNow, AlreadyTogether, WithSomebody}


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_an_order_that_waited_for_the_block_is_refused(self, client_user, listing, sides):
        with rival(partial(block, sides)) as meanwhile:
            outcome = meanwhile(partial(ordered, client_user, listing))
        with pytest.raises(ListingNotFound):
            outcome()
        assert not Booking.objects.exists()

    def test_a_block_that_waited_for_the_order_closes_it(self, client_user, listing, sides):
        with rival(partial(ordered, client_user, listing)) as meanwhile:
            outcome = meanwhile(partial(block, sides))
        outcome()
        assert Booking.objects.get().state == State.CANCELLED

    def test_a_block_that_waited_for_the_accepting_undoes_it(self, client_user, listing, sides):
        booking = requested(client_user, listing)
        with rival(partial(services.accept, booking=booking, by=booking.companion)) as meanwhile:
            outcome = meanwhile(partial(block, sides))
        outcome()
        booking.refresh_from_db()
        assert (booking.state, back(booking)) == (State.CANCELLED, 1000)

    def test_an_accepting_that_waited_for_the_block_comes_too_late(self, client_user, listing, sides):
        booking = requested(client_user, listing)
        with rival(partial(block, sides)) as meanwhile:
            outcome = meanwhile(partial(services.accept, booking=booking, by=booking.companion))
        with pytest.raises(NotPossibleNow):
            outcome()
        assert back(booking) == 1000

    def test_control_without_the_pairs_lock_both_get_through(self, client_user, listing, sides, without_the_lock):
        with rival(partial(block, sides)) as meanwhile:
            outcome = meanwhile(partial(ordered, client_user, listing))
        assert outcome().state == State.AWAITING_PAYMENT
        assert Block.objects.exists()

    def test_however_they_meet_no_booking_outlives_the_block(self, client_user, companion, listing):
        for _ in range(5):
            booking = requested(client_user, listing)
            results = at_once(
                partial(accounts.block, by=companion, other=client_user),
                partial(accounts.block, by=client_user, other=companion),
                partial(services.accept, booking=booking, by=companion),
                partial(ordered, client_user, listing),
            )
            assert {type(error) for error in failures(results)} <= REFUSED, results
            assert set(Booking.objects.values_list("state", flat=True)) == {State.CANCELLED}
            Block.objects.all().delete()
        assert check_books(with_stripe=False) == []
