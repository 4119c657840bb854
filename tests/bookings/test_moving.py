"""Another start of an appointment: one proposes, the other agrees, and nothing is paid again."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings

from bookings import services
from bookings.errors import MoveGone, NewTimeTaken, NotPossibleNow
from bookings.models import Booking, Move, State, Step
from bookings.services.cancelling import DAY_MS
from bookings.services.moving import lapse_moves
from common.clock import database_now_ms
from listings import services as services_of_listings
from listings.errors import NotFreeThen
from listings.models import TakenTime
from payments.models import Payment, Transfer
from payments.services.books import check_books
from tests.bookings.test_cancelling import moved_to
from tests.cast import a_listing, a_week
from tests.moves import later, moved, proposed
from tests.orders import MINUTE, appointed, live, on_the_half_hour, ordered, past_the_triggers, pay
from tests.visits import a_place, agreed, code, enter, near

pytestmark = pytest.mark.django_db
HOUR = 60 * MINUTE


@pytest.fixture(autouse=True)
def hours(listing):
    a_week(listing.companion)


@pytest.fixture
def booking(client_user, listing) -> Booking:
    """Half an hour in two days, accepted."""
    return appointed(client_user, listing)


def again(booking: Booking) -> Booking:
    return Booking.objects.get(pk=booking.pk)


def taken(booking: Booking) -> tuple:
    promise = TakenTime.objects.get(ref=booking.pk)
    return promise.starts_at, promise.ends_at, promise.free_again_at, promise.sets_off_at


def told(booking: Booking) -> list[str]:
    return list(booking.steps.exclude(move=None).order_by("pk").values_list("state", flat=True))


class TestAgreeing:
    @pytest.mark.parametrize("side", ["client", "companion"])
    def test_moves_start_timer_and_promised_time_whoever_has_proposed(self, booking, side):
        by = getattr(booking, side)
        then = later(booking)
        after = moved(booking, by, then)
        assert (after.starts_at, again(booking).starts_at) == (then, then)
        assert again(booking).due_ms == after.starts_ms - settings.CHAT_EARLY_MS
        assert taken(booking)[:2] == (then, then + timedelta(minutes=30))
        assert told(booking) == ["move_asked", "moved"]

    def test_moves_no_money_and_no_terms(self, booking):
        before = (list(Transfer.objects.values()), list(Payment.objects.values()), booking.terms.prepaid_fen)
        after = moved(booking, booking.client)
        assert (list(Transfer.objects.values()), list(Payment.objects.values()), after.terms.prepaid_fen) == before
        assert (after.state, after.granted_ms, after.billed_min) == (State.ACCEPTED, booking.granted_ms, 0)
        assert check_books(with_stripe=False) == []

    def test_takes_the_way_and_the_pause_along(self, client_user):
        meal = agreed(client_user, a_place("ruby", kind="dining"))
        then = later(meal)
        moved(meal, client_user, then)
        half = timedelta(minutes=30)
        assert taken(meal) == (then, then + 2 * half, then + 3 * half, then - half)

    def test_gives_the_old_time_to_others(self, booking, other_client, listing):
        before = booking.starts_at
        moved(booking, booking.client)
        assert ordered(other_client, listing, starts_at=before)

    def test_may_overlap_the_old_time(self, booking):
        assert moved(booking, booking.client, later(booking, 0.5)).starts_at == later(booking, 0.5)

    def test_twice_is_once(self, booking):
        move = proposed(booking, booking.client)
        for _ in range(2):
            services.agree_to_move(move=move, by=booking.companion)
        assert told(booking) == ["move_asked", "moved"]

    def test_voids_who_came_and_the_codes_of_the_old_time(self, client_user):
        visit = near(client_user, a_place("shen"), minutes=50)
        services.arrive(booking=visit, by=client_user)
        services.arrive(booking=visit, by=visit.companion)
        old = code(visit)
        after = moved(visit, client_user, on_the_half_hour(4))
        assert (after.came_ms, after.client_came_ms, after.codes.count()) == (None, None, 0)
        assert after.due_ms == after.starts_ms + after.terms.first_message_window_ms
        assert code(after) != old or after.codes.get().tries == 0

    def test_closes_the_chat_of_the_old_time_and_opens_it_for_the_new_one(self, booking):
        booking = moved_to(booking, 5 * MINUTE)
        services.run_due(now_ms=booking.starts_ms)
        assert again(booking).chat_is_open
        after = moved(again(booking), booking.companion, on_the_half_hour(30))
        assert not after.chat_is_open
        services.run_due(now_ms=after.starts_ms - settings.CHAT_EARLY_MS)
        assert again(after).chat_is_open

    def test_is_the_other_sides(self, booking, stranger):
        move = proposed(booking, booking.client)
        for nobody in (booking.client, stranger):
            for answer in (services.agree_to_move, services.decline_move):
                with pytest.raises(NotPossibleNow):
                    answer(move=move, by=nobody)

    def test_is_refused_when_her_time_is_taken_and_the_proposal_is_over(self, booking, other_client, listing):
        move = proposed(booking, booking.client)
        ordered(other_client, listing, starts_at=later(booking))
        with pytest.raises(NewTimeTaken):
            services.agree_to_move(move=move, by=booking.companion)
        assert (again(booking).starts_ms, Move.objects.get().state) == (booking.starts_ms, Move.State.LAPSED)
        assert told(booking) == ["move_asked", "move_lapsed"]
        with pytest.raises(MoveGone):
            services.agree_to_move(move=move, by=booking.companion)

    @pytest.mark.parametrize("accepted", [False, True])
    def test_is_refused_when_the_client_has_something_else_then(self, booking, other_listing, accepted):
        a_week(other_listing.companion)
        move = proposed(booking, booking.companion)
        other = pay(ordered(booking.client, other_listing, starts_at=later(booking)))
        if accepted:
            services.accept(booking=other, by=other.companion)
        with pytest.raises(NewTimeTaken):
            services.agree_to_move(move=move, by=booking.client)
        assert again(booking).starts_ms == booking.starts_ms


class TestProposing:
    def test_promises_nobody_any_time(self, booking, other_client, listing):
        proposed(booking, booking.client)
        assert taken(booking)[0] == booking.starts_at
        assert ordered(other_client, listing, starts_at=later(booking))

    def test_the_same_click_again_is_the_same_proposal(self, booking):
        asked = {"booking": booking, "by": booking.client, "starts_at": later(booking), "request_key": uuid4()}
        assert services.propose_move(**asked) == services.propose_move(**asked)
        assert told(booking) == ["move_asked"]

    def test_the_same_form_again_after_a_no_is_another_one(self, booking):
        asked = {"booking": booking, "by": booking.client, "starts_at": later(booking), "request_key": uuid4()}
        services.decline_move(move=services.propose_move(**asked), by=booking.companion)
        assert services.propose_move(**asked).state == Move.State.OPEN
        assert Move.objects.count() == 2

    def test_another_one_takes_its_place_whoever_proposes_it(self, booking):
        first = proposed(booking, booking.client)
        second = proposed(booking, booking.companion, later(booking, 26))
        first.refresh_from_db()
        assert (first.state, second.state) == (Move.State.DROPPED, Move.State.OPEN)
        with pytest.raises(MoveGone):
            services.agree_to_move(move=first, by=booking.companion)
        assert services.agree_to_move(move=second, by=booking.client).starts_at == later(booking, 26)

    def test_only_of_a_time_at_which_she_is_free(self, booking, other_client, listing):
        ordered(other_client, listing, starts_at=later(booking))
        for start in (later(booking), booking.starts_at, later(booking, 0.25), later(booking, 24 * 40)):
            with pytest.raises(NotFreeThen):
                proposed(booking, booking.client, start)

    @pytest.mark.parametrize("by", ["client", "companion"])
    def test_only_of_a_time_at_which_he_is_free(self, booking, other_listing, by):
        a_week(other_listing.companion)
        pay(ordered(booking.client, other_listing, starts_at=later(booking)))
        assert later(booking) not in services.other_starts(booking)
        with pytest.raises(NotFreeThen):
            proposed(booking, getattr(booking, by))

    def test_offers_what_its_own_promise_covers_but_not_the_start_it_has(self, booking):
        starts = services.other_starts(booking)
        assert later(booking, 0.5) in starts
        assert booking.starts_at not in starts

    def test_only_of_what_is_agreed(self, client_user, other_client, listing, other_listing):
        a_week(other_listing.companion)
        asked = pay(ordered(client_user, listing, starts_at=on_the_half_hour()))
        running = live(other_client, other_listing)
        for booking in (asked, running):
            with pytest.raises(NotPossibleNow):
                proposed(booking, booking.client, on_the_half_hour(72))

    def test_not_once_its_time_has_come(self, booking):
        with pytest.raises(NotPossibleNow):
            proposed(moved_to(booking, -MINUTE), booking.client, on_the_half_hour(72))

    def test_not_by_a_stranger(self, booking, stranger):
        with pytest.raises(NotPossibleNow):
            proposed(booking, stranger)


class TestHowLongItStands:
    def test_twelve_hours(self, booking):
        move = proposed(booking, booking.client)
        assert move.expires_ms - move.proposed_ms == 12 * HOUR

    def test_until_the_old_start(self, booking):
        move = proposed(moved_to(booking, 2 * HOUR), booking.client, on_the_half_hour(72))
        assert move.expires_ms == again(booking).starts_ms

    def test_until_the_notice_she_needs_before_the_new_one(self, booking, listing):
        listing.companion.lead_minutes = 120
        listing.companion.save(update_fields=["lead_minutes"])
        move = proposed(booking, booking.client, on_the_half_hour(6))
        assert move.to_ms - move.expires_ms == 2 * HOUR

    def test_then_it_is_over_before_any_tick(self, booking):
        move = proposed(booking, booking.client)
        hurry(move)
        for answer in (services.agree_to_move, services.decline_move):
            with pytest.raises(MoveGone):
                answer(move=move, by=booking.companion)
        assert services.standing_move(booking, database_now_ms()) is None

    def test_a_tick_writes_it_down_once(self, booking):
        move = proposed(booking, booking.client)
        assert lapse_moves(move.expires_ms - 1) == 0
        services.run_due(now_ms=move.expires_ms)
        services.run_due(now_ms=move.expires_ms)
        assert Move.objects.get().state == Move.State.LAPSED
        assert told(booking) == ["move_asked", "move_lapsed"]

    @pytest.mark.parametrize("how", ["cancelled", "no_show", "live"])
    def test_never_longer_than_the_appointment(self, client_user, how):
        visit = near(client_user, a_place("shen"), minutes=50)
        proposed(visit, client_user, on_the_half_hour(30))
        if how == "cancelled":
            services.cancel(booking=visit, by=client_user)
        elif how == "live":
            enter(visit, code(visit))
        else:
            services.run_due(now_ms=visit.due_ms)
        assert again(visit).state == how
        assert Move.objects.get().state == Move.State.LAPSED


class TestAnswering:
    def test_a_no_leaves_it_as_it_is_and_is_told_once(self, booking):
        move = proposed(booking, booking.companion)
        for _ in range(2):
            services.decline_move(move=move, by=booking.client)
        assert (again(booking).starts_ms, told(booking)) == (booking.starts_ms, ["move_asked", "not_moved"])
        with pytest.raises(MoveGone):
            services.agree_to_move(move=move, by=booking.client)

    def test_what_was_taken_back_cannot_be_agreed_to(self, booking):
        move = proposed(booking, booking.client)
        for _ in range(2):
            services.take_back_move(move=move, by=booking.client)
        assert told(booking) == ["move_asked", "move_dropped"]
        with pytest.raises(MoveGone):
            services.agree_to_move(move=move, by=booking.companion)

    def test_what_was_agreed_cannot_be_taken_back_or_declined(self, booking):
        move = proposed(booking, booking.client)
        services.agree_to_move(move=move, by=booking.companion)
        with pytest.raises(MoveGone):
            services.take_back_move(move=move, by=booking.client)
        with pytest.raises(MoveGone):
            services.decline_move(move=move, by=booking.companion)

    def test_only_who_has_proposed_takes_it_back(self, booking, stranger):
        move = proposed(booking, booking.client)
        for nobody in (booking.companion, stranger):
            with pytest.raises(NotPossibleNow):
                services.take_back_move(move=move, by=nobody)


def hurry(move: Move) -> None:
    """Its time to be answered is over."""
    with past_the_triggers():
        Move.objects.filter(pk=move.pk).update(proposed_ms=1, expires_ms=2)


def test_a_move_is_told_with_its_times(booking):
    moved(booking, booking.client)
    step = Step.objects.filter(state="moved").select_related("move").get()
    assert (step.move.from_ms, step.move.to_ms, step.told) == (booking.starts_ms, booking.starts_ms + DAY_MS, True)


def test_a_listing_that_is_no_longer_up_is_moved_all_the_same(booking, listing):
    services_of_listings.hide(by=booking.companion, listing=listing)
    assert moved(booking, booking.client).starts_at == later(booking)


def test_two_kinds_of_one_companion_keep_her_way_free(client_user, other_client, listing):
    dining = a_listing("ruby", kind="dining", companion=listing.companion)
    talk = appointed(other_client, listing)
    meal = agreed(client_user, dining, starts_at=later(talk))
    with pytest.raises(NotFreeThen):
        proposed(meal, client_user, talk.ends_at)
    assert moved(meal, client_user, talk.ends_at + timedelta(minutes=30))
