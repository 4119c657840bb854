"""Agreeing to another start at the same moment as something else, with real connections: one of the two happens."""

from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError

from accounts.models import User
from bookings import services
from bookings.errors import MoveGone, NewTimeTaken, RefundChanged
from bookings.models import Booking, Move, State
from bookings.services import agreeing
from common.errors import UserError
from listings.errors import NotFreeThen, TimeTaken
from listings.models import TakenTime
from payments.services.books import check_books
from tests.cast import a_user, a_week
from tests.moves import later, proposed
from tests.orders import appointed, on_the_half_hour
from tests.rivals import rival
from tests.rules import empty, time_promised_twice
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def hours(listing, other_listing):
    for each in (listing, other_listing):
        a_week(each.companion)


@pytest.fixture
def booking(client_user, listing) -> Booking:
    return appointed(client_user, listing)


def again(booking: Booking) -> Booking:
    return Booking.objects.get(pk=booking.pk)


def agree(move: Move) -> partial:
    return partial(services.agree_to_move, move=move, by=move.booking.other(move.proposed_by))


def outcome(act: partial) -> str:
    try:
        act()
    except UserError as error:
        return error.code
    return "done"


def tells_a_step(booking: Booking, event: str) -> int:
    return booking.steps.filter(state=event).count()


class TestAgreeAndCancel:
    def test_whoever_is_first_is_the_only_one_or_both_in_order(self, booking):
        for _ in range(3):
            booking = again(booking)
            move = proposed(booking, booking.companion, later(booking, 24))
            at_once(agree(move), partial(services.cancel, booking=booking, by=booking.client))
            move.refresh_from_db()
            booking = again(booking)
            assert booking.state == State.CANCELLED
            assert booking.starts_ms == (move.to_ms if move.state == Move.State.AGREED else move.from_ms)
            assert not TakenTime.objects.filter(ref=booking.pk).exists()
            assert check_books(with_stripe=False) == []
            booking = appointed(booking.client, booking.listing)

    @pytest.mark.parametrize("first", ["agree", "cancel"])
    def test_the_second_sees_what_the_first_has_done(self, booking, first):
        move = proposed(booking, booking.companion)
        acts = {"agree": agree(move), "cancel": partial(services.cancel, booking=booking, by=booking.client)}
        with rival(acts.pop(first)) as meanwhile:
            (other,) = acts.values()
            result = meanwhile(partial(outcome, other))
        assert result() == ("done" if first == "agree" else MoveGone.code)
        assert again(booking).state == State.CANCELLED


class TestAgreeAndAnotherOrder:
    def rivals(self, booking: Booking, client: User) -> tuple[partial, partial]:
        move = proposed(booking, booking.client)
        asked = {"by": client, "listing": booking.listing, "minutes": 30, "starts_at": later(booking)}
        return agree(move), partial(services.order, **asked, request_key=uuid4())

    def test_exactly_one_gets_the_time_and_the_other_hears_why(self, booking, other_client):
        for _ in range(4):
            booking = again(booking)
            moves, orders = self.rivals(booking, other_client)
            results = at_once(moves, orders)
            (failure,) = failures(results)
            assert isinstance(failure, NewTimeTaken if results[0] is failure else NotFreeThen | TimeTaken)
            has_moved = results[1] is failure
            assert (again(booking).starts_at == later(booking)) == has_moved
            assert TakenTime.objects.filter(starts_at=later(booking)).count() == 1
            if not has_moved:
                services.cancel(booking=results[1], by=other_client)

    @pytest.mark.parametrize("first", [0, 1])
    def test_whoever_is_first_has_it(self, booking, other_client, first):
        acts = self.rivals(booking, other_client)
        with rival(acts[first]) as meanwhile:
            result = meanwhile(partial(outcome, acts[1 - first]))
        assert result() in (NewTimeTaken.code if first else TimeTaken.code, NotFreeThen.code)

    def test_control_without_the_exclusion_both_get_it(self, booking, other_client):
        moves, orders = self.rivals(booking, other_client)
        with time_promised_twice():
            with rival(moves) as meanwhile:
                result = meanwhile(partial(outcome, orders))
            assert result() == "done"
            assert TakenTime.objects.filter(starts_at=later(booking)).count() == 2
            empty("bookings_booking", "listings_takentime")

    def test_two_appointments_that_change_places_do_not_wait_for_each_other(self, listing):
        """Neither goes: each finds the other where it would be. Nobody waits until the database ends it."""
        one, two = (appointed(a_user(name), listing, starts_at=on_the_half_hour(hours)) for name, hours in PLACES)
        moves = [
            Move.objects.create(
                booking=mine,
                request_key=uuid4(),
                proposed_by=mine.client,
                from_ms=mine.starts_ms,
                to_ms=theirs.starts_ms,
                proposed_ms=1,
                expires_ms=min(one.starts_ms, two.starts_ms),
            )
            for mine, theirs in ((one, two), (two, one))
        ]
        results = at_once(*[agree(move) for move in moves])
        assert {type(failure) for failure in failures(results)} == {NewTimeTaken}
        assert len(failures(results)) == 2

    def test_two_moves_to_one_time_are_one(self, listing):
        both = [appointed(a_user(name), listing, starts_at=on_the_half_hour(hours)) for name, hours in PLACES]
        moves = [proposed(each, each.client, on_the_half_hour(72)) for each in both]
        results = at_once(*[agree(move) for move in moves])
        assert [type(failure) for failure in failures(results)] == [NewTimeTaken]
        assert TakenTime.objects.filter(starts_at=on_the_half_hour(72)).count() == 1

    def test_two_of_one_client_to_one_time_are_one(self, client_user, listing, other_listing):
        both = [appointed(client_user, listing), appointed(client_user, other_listing, starts_at=on_the_half_hour(50))]
        moves = [proposed(each, each.companion, on_the_half_hour(72)) for each in both]
        results = at_once(*[agree(move) for move in moves])
        assert [type(failure) for failure in failures(results)] == [NewTimeTaken]
        assert sorted(again(each).starts_at == on_the_half_hour(72) for each in both) == [False, True]


PLACES = [("yi", 48), ("er", 50)]


class TestAgreeAndTakeBack:
    def test_exactly_one_happens_and_both_are_told(self, booking):
        for hours in (24, 48, 72):
            booking = again(booking)
            move = proposed(booking, booking.client, on_the_half_hour(48 + hours))
            results = at_once(agree(move), partial(services.take_back_move, move=move, by=booking.client))
            assert [type(failure) for failure in failures(results)] == [MoveGone]
            move.refresh_from_db()
            is_agreed = results[1] in failures(results)
            assert move.state == (Move.State.AGREED if is_agreed else Move.State.DROPPED)
            assert (again(booking).starts_ms == move.to_ms) == is_agreed

    @pytest.mark.parametrize("first", ["agree", "take back"])
    def test_the_second_hears_that_it_is_over(self, booking, first):
        move = proposed(booking, booking.client)
        acts = {"agree": agree(move), "take back": partial(services.take_back_move, move=move, by=booking.client)}
        with rival(acts.pop(first)) as meanwhile:
            (other,) = acts.values()
            result = meanwhile(partial(outcome, other))
        assert result() == MoveGone.code

    def test_agree_and_another_proposal(self, booking):
        move = proposed(booking, booking.client)
        with rival(partial(proposed, booking, booking.client, later(booking, 48))) as meanwhile:
            result = meanwhile(partial(outcome, agree(move)))
        assert result() == MoveGone.code
        assert again(booking).starts_ms == booking.starts_ms


def test_two_who_agree_at_once_are_one_move(booking):
    move = proposed(booking, booking.client)
    assert failures(at_once(*[agree(move)] * 4)) == []
    assert (again(booking).starts_ms, tells_a_step(booking, "moved")) == (move.to_ms, 1)


def test_two_clicks_of_one_form_are_one_proposal(booking):
    asked = {"booking": booking, "by": booking.client, "starts_at": later(booking), "request_key": uuid4()}
    moves = at_once(*[partial(services.propose_move, **asked)] * 4)
    assert failures(moves) == []
    assert {move.pk for move in moves} == {Move.objects.get().pk}


def test_an_agreement_changes_the_sum_and_who_cancels_for_another_is_told(booking):
    """He looks at 1000 fen back; she has agreed meanwhile to what makes it late."""
    move = proposed(booking, booking.client, on_the_half_hour(5))
    with rival(agree(move)) as meanwhile:
        result = meanwhile(
            partial(outcome, partial(services.cancel, booking=booking, by=booking.client, expected_fen=1000))
        )
    assert result() == RefundChanged.code
    assert again(booking).state == State.ACCEPTED


@pytest.mark.parametrize("what", ["cancel", "take back", "agree"])
def test_control_without_the_lock_only_the_rules_of_the_database_are_left(booking, monkeypatch, what):
    """Who has looked before the other wrote breaks one of them instead of being told."""
    move = proposed(booking, booking.client)
    acts = {
        "cancel": partial(services.cancel, booking=booking, by=booking.client),
        "take back": partial(services.take_back_move, move=Move.objects.get(), by=booking.client),
        "agree": agree(Move.objects.get()),
    }
    real, meanwhile = agreeing.stands, [acts[what]]

    def looks_and_then(row: Booking, looked_at: Move) -> int:
        now = real(row, looked_at)
        if meanwhile:
            assert failures(at_once(meanwhile.pop())) == []
        return now

    monkeypatch.setattr(agreeing, "locked", lambda row: Booking.objects.select_related("terms").get(pk=row.pk))
    monkeypatch.setattr(agreeing, "all_at_a_time", lambda ids: None)
    monkeypatch.setattr(agreeing, "stands", looks_and_then)
    with pytest.raises(IntegrityError, match="is final|is not asked"):
        agree(move)()
