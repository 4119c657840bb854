"""What leaving before the clock has started costs, to the fen, on both sides."""

import pytest
from django.conf import settings
from django.db import connection

from bookings import services
from bookings.errors import NotPossibleNow, RefundChanged
from bookings.models import Booking, State
from bookings.services.cancelling import DAY_MS, quote
from payments import services as payments
from payments.models import AccountKind, Refund, Transfer, TransferKind
from payments.services.books import check_books
from payments.services.ledger import Posting, accounts_of_order, of_user, post
from tests.cast import a_listing, a_week
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
    speak,
    starts_move_freely,
)
from tests.papers import identify

OLD_POLICY = {"before_live": 100, "scheduled_late_cancel": 80, "client_no_show": 50, "companion_no_show": 100}
QUARTER = 15 * MINUTE


@pytest.fixture
def hours(listing):
    return a_week(listing.companion)


def again(booking: Booking) -> Booking:
    return Booking.objects.get(pk=booking.pk)


def shares(booking: Booking) -> tuple[int, int, int]:
    """Fen that go back, that become hers, and that are the platform's; the books are proved by the way."""
    assert check_books(with_stripe=False) == []
    moved = dict(Transfer.objects.filter(ref=booking.pk).values_list("kind", "amount"))
    back = sum(Refund.objects.filter(ref=booking.pk).values_list("amount", flat=True))
    return back, moved.get("settle_companion", 0), moved.get("settle_fee", 0)


def moved_to(booking: Booking, starts_in_ms: int) -> Booking:
    """The same appointment, that begins in so many ms from now."""
    with starts_move_freely(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE bookings_booking SET starts_ms = bookings_now_ms() + %s, due_ms = bookings_now_ms() + %s - 600000"
            " WHERE id = %s",
            [starts_in_ms, starts_in_ms, booking.pk],
        )
    return again(booking)


@pytest.fixture
def in_person(client_user) -> Booking:
    """A visit of 300 yuan in two days, accepted."""
    identify(client_user)
    visit = a_listing("peizhen", kind="clinic")
    a_week(visit.companion)
    return again(appointed(client_user, visit, 240))


@pytest.mark.django_db
class TestRows:
    """Each row of the table."""

    def test_before_it_is_paid_there_is_nothing_to_give_back(self, client_user, listing):
        booking = services.cancel(booking=ordered(client_user, listing), by=client_user, expected_fen=0)
        assert (booking.state, booking.kept_fen, shares(booking)) == (State.CANCELLED, 0, (0, 0, 0))

    def test_before_she_accepts_all_of_it_comes_back(self, client_user, listing):
        booking = services.cancel(booking=requested(client_user, listing), by=client_user, expected_fen=1000)
        assert shares(booking) == (1000, 0, 0)

    def test_an_appointment_that_nobody_has_accepted_comes_back_whole_however_late(self, client_user, listing, hours):
        booking = moved_to(pay(ordered(client_user, listing, starts_at=on_the_half_hour())), 60 * MINUTE)
        services.cancel(booking=booking, by=client_user, expected_fen=1000)
        assert shares(booking) == (1000, 0, 0)

    def test_an_order_for_now_comes_back_whole_until_the_clock_starts(self, client_user, listing):
        booking = services.cancel(booking=accepted(client_user, listing), by=client_user, expected_fen=1000)
        assert shares(booking) == (1000, 0, 0)

    def test_the_client_a_day_before_gets_all_of_it(self, client_user, listing, hours):
        booking = moved_to(appointed(client_user, listing), DAY_MS + 5000)
        services.cancel(booking=booking, by=client_user, expected_fen=1000)
        assert shares(booking) == (1000, 0, 0)

    def test_the_client_within_the_last_day_leaves_a_fifth_less_the_fee(self, client_user, companion, listing, hours):
        booking = moved_to(appointed(client_user, listing), DAY_MS - 1)
        services.cancel(booking=booking, by=client_user, expected_fen=800)
        assert (again(booking).kept_fen, shares(booking)) == (200, (800, 170, 30))
        assert payments.income_of(user=companion) == 170

    def test_the_companion_may_leave_at_any_time_and_all_of_it_comes_back(self, client_user, companion, listing, hours):
        booking = moved_to(appointed(client_user, listing), 20 * MINUTE)
        services.cancel(booking=booking, by=companion, expected_fen=1000)
        assert shares(booking) == (1000, 0, 0)

    def test_a_fen_that_cannot_be_divided_is_the_clients(self, client_user):
        odd = a_listing("odd", 3333)
        a_week(odd.companion)
        booking = moved_to(appointed(client_user, odd), 60 * MINUTE)
        services.cancel(booking=booking, by=client_user)
        # 16.66 yuan were paid; a fifth of them is 3.33, of which 0.49 are the platform's.
        assert shares(booking) == (1666 - 333, 333 - 49, 49)

    def test_a_visit_leaves_a_fifth_of_its_one_price(self, client_user, in_person):
        booking = moved_to(in_person, 60 * MINUTE)
        services.cancel(booking=booking, by=client_user, expected_fen=24000)
        assert shares(booking) == (24000, 5100, 900)

    def test_the_client_who_is_not_there_leaves_half_less_the_fee(self, client_user, companion, listing, hours):
        booking = near(appointed(client_user, listing))
        speak(booking.pk, companion=True, now_ms=booking.starts_ms + MINUTE, client_here=False)
        services.run_due(now_ms=booking.starts_ms + QUARTER)
        assert (again(booking).state, again(booking).missed_by) == (State.NO_SHOW, client_user)
        assert shares(booking) == (500, 425, 75)

    def test_her_next_words_once_he_has_come_start_the_clock(self, client_user, listing, hours):
        booking = near(appointed(client_user, listing))
        speak(booking.pk, companion=True, now_ms=booking.starts_ms + MINUTE, client_here=False)
        speak(booking.pk, companion=True, now_ms=booking.starts_ms + 5 * MINUTE, client_here=True)
        assert again(booking).state == State.LIVE

    def test_once_he_has_come_it_is_her_turn_again(self, client_user, companion, listing, hours):
        booking = near(appointed(client_user, listing))
        speak(booking.pk, companion=True, now_ms=booking.starts_ms + MINUTE, client_here=False)
        speak(booking.pk, companion=False, now_ms=booking.starts_ms + 14 * MINUTE)
        services.run_due(now_ms=booking.starts_ms + QUARTER)
        assert again(booking).state == State.ACCEPTED
        services.run_due(now_ms=booking.starts_ms + 14 * MINUTE + settings.FIRST_MESSAGE_WINDOW_MS)
        assert (again(booking).missed_by, shares(booking)) == (companion, (1000, 0, 0))

    def test_her_answer_to_him_starts_the_clock(self, client_user, listing, hours):
        booking = near(appointed(client_user, listing))
        speak(booking.pk, companion=True, now_ms=booking.starts_ms + MINUTE, client_here=False)
        speak(booking.pk, companion=False, now_ms=booking.starts_ms + 14 * MINUTE)
        speak(booking.pk, companion=True, now_ms=booking.starts_ms + 16 * MINUTE)
        assert again(booking).state == State.LIVE

    def test_who_is_with_somebody_else_has_not_come_whatever_he_writes(self, client_user, listing, hours):
        booking = near(appointed(client_user, listing))
        accepted(client_user, a_listing("overrun"))
        speak(booking.pk, companion=True, now_ms=booking.starts_ms + MINUTE)
        speak(booking.pk, companion=False, now_ms=booking.starts_ms + 2 * MINUTE)
        services.run_due(now_ms=booking.starts_ms + QUARTER)
        assert (again(booking).missed_by, shares(booking)) == (client_user, (500, 425, 75))

    def test_the_companion_who_does_not_come_gives_all_of_it_back(self, client_user, companion, listing, hours):
        booking = near(appointed(client_user, listing))
        services.run_due(now_ms=booking.starts_ms + QUARTER)
        assert again(booking).missed_by == companion
        assert shares(booking) == (1000, 0, 0)

    def test_when_we_were_away_it_is_nobodys_and_all_of_it_comes_back(self, client_user, listing, hours):
        booking = appointed(client_user, listing)
        services.run_due(now_ms=booking.starts_ms + QUARTER)
        assert (again(booking).missed_by, shares(booking)) == (None, (1000, 0, 0))


def near(booking: Booking) -> Booking:
    services.run_due(now_ms=booking.starts_ms - settings.CHAT_EARLY_MS)
    return again(booking)


@pytest.mark.django_db
class TestInPerson:
    @pytest.mark.parametrize(
        ("she_came", "he_came", "missed", "expected"),
        [
            (True, False, "client", (15000, 12750, 2250)),
            (False, True, "companion", (30000, 0, 0)),
            (True, True, None, (30000, 0, 0)),
            (False, False, None, (30000, 0, 0)),
        ],
    )
    def test_each_says_that_he_is_there(self, in_person, she_came, he_came, missed, expected):
        booking = near(in_person)
        Booking.objects.filter(pk=booking.pk).update(
            came_ms=booking.starts_ms if she_came else None, client_came_ms=booking.starts_ms if he_came else None
        )
        services.run_due(now_ms=booking.starts_ms + QUARTER - 1)
        assert again(booking).state == State.ACCEPTED
        services.run_due(now_ms=booking.starts_ms + QUARTER)
        assert again(booking).missed_by == (getattr(booking, missed) if missed else None)
        assert shares(booking) == expected

    @pytest.mark.parametrize(("missed", "count"), [("companion", 1), ("client", 0)])
    def test_only_she_who_did_not_come_has_it_in_her_figures(self, in_person, missed, count):
        booking = near(in_person)
        column = "came_ms" if missed == "client" else "client_came_ms"
        Booking.objects.filter(pk=booking.pk).update(**{column: booking.starts_ms})
        services.run_due(now_ms=booking.starts_ms + QUARTER)
        [figures] = services.figures_of(user_ids=[booking.companion_id])
        assert figures.completion.all == count


@pytest.mark.django_db
class TestWhatWasShown:
    def test_another_sum_than_the_one_shown_cancels_nothing(self, client_user, listing, hours):
        booking = moved_to(appointed(client_user, listing), DAY_MS - 1)
        before = Transfer.objects.count()
        with pytest.raises(RefundChanged) as refused:
            services.cancel(booking=booking, by=client_user, expected_fen=1000)
        assert (refused.value.refund_fen, refused.value.code, refused.value.status) == (800, "refund_changed", 409)
        assert (again(booking).state, Transfer.objects.count()) == (State.ACCEPTED, before)
        assert not Refund.objects.exists()

    def test_an_order_that_was_paid_meanwhile_says_what_would_come_back(self, client_user, listing):
        booking = ordered(client_user, listing)
        pay(booking)
        with pytest.raises(RefundChanged):
            services.cancel(booking=booking, by=client_user, expected_fen=0)
        assert again(booking).state == State.REQUESTED

    def test_cancelling_twice_is_once_whatever_was_shown(self, client_user, listing, hours):
        booking = moved_to(appointed(client_user, listing), 60 * MINUTE)
        services.cancel(booking=booking, by=client_user, expected_fen=800)
        services.cancel(booking=booking, by=client_user, expected_fen=1000)
        assert shares(booking) == (800, 170, 30)

    @pytest.mark.parametrize("late", [False, True])
    def test_a_cancellation_after_the_quarter_is_a_no_show_before_any_sweep(self, client_user, listing, hours, late):
        booking = near(appointed(client_user, listing))
        came_ms = again(booking).starts_ms - DAY_MS * 3 if late else None
        with starts_move_freely():
            Booking.objects.filter(pk=booking.pk).update(starts_ms=1 - QUARTER, due_ms=1, came_ms=came_ms and 1)
        closed = services.cancel(booking=booking, by=client_user, expected_fen=800)
        assert closed.state == State.NO_SHOW
        assert shares(booking) == ((500, 425, 75) if late else (1000, 0, 0))

    def test_nothing_is_quoted_once_the_clock_has_started(self, client_user, listing):
        with pytest.raises(NotPossibleNow):
            quote(live(client_user, listing), by=client_user, now_ms=0)


@pytest.mark.django_db
class TestBooks:
    """A wrong compensation is caught."""

    def kept(self, client_user, listing) -> Booking:
        booking = moved_to(appointed(client_user, listing), 60 * MINUTE)
        return services.cancel(booking=booking, by=client_user)

    def test_a_wrong_sum_on_the_booking(self, client_user, listing, hours):
        booking = self.kept(client_user, listing)
        with past_the_triggers():
            Booking.objects.filter(pk=booking.pk).update(kept_fen=199)
        assert check_books(with_stripe=False) == [f"booking {booking.code}: kept 199 fen, the terms say 200"]

    def test_a_wrong_sum_in_the_ledger(self, client_user, listing, hours, monkeypatch):
        compensate = payments.compensate
        monkeypatch.setattr(payments, "compensate", lambda ref, amount: compensate(ref=ref, amount=amount + 1))
        booking = self.kept(client_user, listing)
        [line] = check_books(with_stripe=False)
        assert line == f"booking {booking.code}: a compensation of 201 fen, the terms say 200"

    def test_a_sum_that_is_written_nowhere(self, client_user, listing):
        booking = services.cancel(booking=accepted(client_user, listing), by=client_user)
        with past_the_triggers():
            Booking.objects.filter(pk=booking.pk).update(kept_fen=None)
        assert check_books(with_stripe=False) == [f"booking {booking.code}: it is not written what was kept"]

    def test_one_of_a_booking_that_runs(self, client_user, listing):
        booking = live(client_user, listing)
        payments.compensate(ref=booking.pk, amount=1)
        lines = check_books(with_stripe=False)
        assert f"a compensation for {booking.pk}, which was neither cancelled nor missed" in lines

    def test_one_that_takes_a_way_of_its_own(self, client_user, listing):
        booking = accepted(client_user, listing)
        platform, hold = of_user(AccountKind.PLATFORM_FEE, booking.companion_id), accounts_of_order(ref=booking.pk).hold
        post(booking.pk, Posting(TransferKind.COMPENSATION, hold, platform, 5))
        assert any("does not stay within its order" in line for line in check_books(with_stripe=False))

    def test_a_client_who_is_said_to_have_missed_what_she_missed_too(self, client_user, listing, hours):
        booking = near(appointed(client_user, listing))
        services.run_due(now_ms=booking.starts_ms + QUARTER)
        Booking.objects.filter(pk=booking.pk).update(missed_by=client_user)
        assert any("did not come either" in line for line in check_books(with_stripe=False))

    def test_what_was_closed_whole_before_anything_was_kept_stays_right(self, client_user, listing, hours, settings):
        settings.REFUND_POLICY = OLD_POLICY
        booking = moved_to(appointed(client_user, listing), DAY_MS + 5000)
        services.cancel(booking=booking, by=client_user)
        with past_the_triggers():
            Booking.objects.filter(pk=booking.pk).update(kept_fen=None, starts_ms=1)
        assert check_books(with_stripe=False) == []
