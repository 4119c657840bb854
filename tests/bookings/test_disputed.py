"""A payer's bank wants the money of an order back: what has not begun costs nobody anything, what runs in the chat is
ended, and two who are together stay together."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Letter, User
from bookings import services
from bookings.models import Booking, State
from payments.gateway.values import RefundState
from payments.models import Account, Payment, Payout, Refund, Reversal, Transfer
from payments.services import book_loss, held_refs, request_refund_again
from payments.services.books import check_books
from payments.services.refunds import apply_refund
from payments.signals import money_moving
from tests.cast import a_week
from tests.disputes import INQUIRY, disputed, lost, won
from tests.orders import accepted, live, on_the_half_hour, ordered, pay, requested, settle, talked
from tests.parties.tables import a_guest
from tests.visits import a_place, agreed, ask_for, due_in, half_paid, together

pytestmark = pytest.mark.django_db


def appointment(client: User, listing) -> Booking:
    """So near that cancelling it costs something."""
    a_week(listing.companion)
    booking = pay(ordered(client, listing, starts_at=on_the_half_hour(3)))
    return services.accept(booking=booking, by=booking.companion)


def letters_to(user: User) -> list[Letter]:
    return list(Letter.objects.filter(to=user, key__startswith="order-disputed"))


def stripe_refuses() -> None:
    """A refund of what a bank has taken already."""
    for refund in Refund.objects.filter(status="requested"):
        apply_refund(refund_id=refund.pk, state=RefundState(None, "failed", refund.amount, "charge_disputed"))


class TestWhatHasNotBegun:
    @pytest.mark.parametrize("begin", [requested, accepted, appointment])
    def test_is_closed_and_costs_nothing(self, client_user, listing, begin: Callable[..., Booking]):
        booking = begin(client_user, listing)
        disputed(booking)
        booking.refresh_from_db()
        assert (booking.state, booking.disputed, booking.kept_fen) == (State.CANCELLED, True, 0)
        assert not Transfer.objects.filter(ref=booking.pk, kind__in=["compensation", "settle_companion"]).exists()
        assert Refund.objects.get().amount == Payment.objects.get().amount

    def test_its_companion_is_told_once_and_nothing_of_the_bank(self, client_user, listing):
        booking = appointment(client_user, listing)
        disputed(booking)
        disputed(booking, status="under_review")
        [letter] = letters_to(booking.companion)
        assert booking.code in letter.subject and "bank" not in letter.body and "银行" not in letter.body
        assert not letters_to(client_user)

    def test_one_that_never_heard_of_it_is_not_told(self, client_user):
        booking = half_paid(client_user, a_place("ruby", kind="dining"))
        disputed(booking)
        booking.refresh_from_db()
        assert booking.state == State.CANCELLED and not letters_to(booking.companion)

    def test_the_others_who_pay_have_theirs_back_and_are_told(self, client_user):
        booking = paid_by_two(client_user)
        disputed(booking)
        booking.refresh_from_db()
        guest = Payment.objects.get(seq=2).payer
        assert booking.disputed and Refund.objects.get(payment__payer=guest).amount == Payment.objects.get(seq=2).amount
        assert len(letters_to(guest)) == 1 and len(letters_to(booking.companion)) == 1 and not letters_to(client_user)

    def test_a_question_of_the_bank_closes_nothing(self, client_user, listing):
        booking = accepted(client_user, listing)
        disputed(booking, **INQUIRY)
        booking.refresh_from_db()
        assert booking.state == State.ACCEPTED
        disputed(booking)
        booking.refresh_from_db()
        assert booking.state == State.CANCELLED

    def test_nor_does_one_that_is_won_already(self, client_user, listing):
        booking = accepted(client_user, listing)
        won(booking)
        booking.refresh_from_db()
        assert booking.state == State.ACCEPTED

    def test_what_was_too_late_for_an_answer_has_expired(self, client_user, listing):
        booking = requested(client_user, listing)
        Booking.objects.filter(pk=booking.pk).update(due_ms=1)
        disputed(booking)
        booking.refresh_from_db()
        assert (booking.state, booking.disputed) == (State.EXPIRED, False)

    def test_what_goes_back_anyway_is_not_needed(self, client_user):
        """A part that came when it was not wanted any more."""
        booking = half_paid(client_user, a_place("ruby", kind="dining"))
        pay(booking, seq=3)
        disputed(booking, seq=3)
        booking.refresh_from_db()
        assert booking.state == State.AWAITING_PAYMENT


def paid_by_two(client: User) -> Booking:
    """Two have paid, and its companion has accepted."""
    booking = ask_for(client, a_place("ruby", kind="dining"), shared_by=2)
    services.take_share(booking=booking, by=a_guest("gu"))
    for seq in (1, 2):
        pay(booking, seq=seq)
    booking.refresh_from_db()
    return services.accept(booking=booking, by=booking.companion)


class TestWhatRuns:
    def test_in_the_chat_is_ended_at_once(self, client_user, listing):
        booking = live(client_user, listing)
        disputed(booking)
        booking.refresh_from_db()
        assert (booking.state, booking.disputed) == (State.ENDED, True)
        assert len(letters_to(booking.companion)) == 1

    def test_so_is_what_pauses(self, client_user, listing):
        booking = live(client_user, listing)
        services.pause(booking=booking, by=client_user)
        disputed(booking)
        booking.refresh_from_db()
        assert booking.state == State.ENDED

    def test_two_who_are_together_stay_together(self, client_user):
        booking = together(client_user, a_place("shen"))
        disputed(booking)
        booking.refresh_from_db()
        assert (booking.state, booking.disputed) == (State.LIVE, False) and not letters_to(booking.companion)


def test_a_review_that_is_looked_at_holds_nobodys_pay(client_user, listing, stranger):
    booking = talked(client_user, listing)
    services.write_review(booking=booking, by=client_user, stars=1, text="她没有来")
    services.write_review(booking=booking, by=booking.companion, stars=5, text="好")
    review = booking.reviews.get(side="client")
    services.report_review(review=review, by=stranger, category="insult", words="骂人")
    assert held_refs([booking.pk]) == set()


class TestTheBooks:
    def test_agree_from_the_dispute_to_its_loss(self, client_user, listing):
        booking = appointment(client_user, listing)
        disputed(booking)
        assert check_books(with_stripe=False) == []
        stripe_refuses()
        assert check_books(with_stripe=False) == []
        dispute = lost(booking)
        assert book_loss(dispute_id=dispute.pk)
        assert check_books(with_stripe=False) == []
        assert services.explain(Booking.objects.get()).agrees

    def test_what_is_won_is_to_be_sent_back(self, client_user, listing):
        booking = appointment(client_user, listing)
        disputed(booking)
        stripe_refuses()
        won(booking)
        [line] = check_books(with_stripe=False)
        assert "refund_again" in line

    def test_what_was_served_is_shared_out_when_it_is_lost(self, client_user, listing):
        booking = live(client_user, listing)
        dispute = lost(booking)
        assert not book_loss(dispute_id=dispute.pk)
        settle(booking)
        stripe_refuses()
        assert book_loss(dispute_id=dispute.pk)
        assert check_books(with_stripe=False) == []


def locks_all_at_once(booking: Booking) -> bool:
    """Whether the first lock of accounts names all whose money the dispute and the end of the order then move."""
    with CaptureQueriesContext(connection) as captured:
        disputed(booking)
    asked = [one["sql"] for one in captured if "payments_account" in one["sql"] and "FOR NO KEY UPDATE" in one["sql"]]
    return all(f"'{account.owner}'" in asked[0] for side in ("debit", "credit") for account in moved_by(booking, side))


def test_all_accounts_are_locked_at_once_before_anything_is_booked(client_user):
    assert locks_all_at_once(paid_by_two(client_user))


def test_control_without_that_lock_the_others_come_later(client_user, monkeypatch):
    monkeypatch.setattr("bookings.services.disputed.lock_money", lambda _ref: None)
    assert not locks_all_at_once(paid_by_two(client_user))


@pytest.mark.parametrize("sender", [Payout, Reversal, Refund])
def test_for_other_money_the_order_alone_is_locked(client_user, listing, sender):
    booking = accepted(client_user, listing)
    with CaptureQueriesContext(connection) as captured:
        money_moving.send(sender, ref=booking.pk)
    locks = [one["sql"] for one in captured if "FOR NO KEY UPDATE" in one["sql"]]
    assert len(locks) == 1 and "bookings_booking" in locks[0]


def moved_by(booking: Booking, side: str) -> list[Account]:
    rows = Transfer.objects.filter(ref=booking.pk).select_related(side)
    return [getattr(row, side) for row in rows]


def test_what_comes_near_is_closed_before_she_sets_out(client_user):
    booking = due_in(agreed(client_user, a_place("shen")), 30)
    disputed(booking)
    booking.refresh_from_db()
    assert (booking.state, booking.kept_fen) == (State.CANCELLED, 0)


class TestWhatItsPagesOffer:
    """Not the same again, while his bank asks for the money of the last time or has given it back to him."""

    AGAIN = re.compile(r">(Book|Try) \w+ again</a>")

    @pytest.fixture
    def pages(self, client):
        def look(booking: Booking, *names: str) -> str:
            client.force_login(booking.client)
            addresses = [reverse(name, args=[booking.pk]) for name in names or ("bookings:detail",)]
            return "".join(client.get(address, headers={"accept-language": "en"}).text for address in addresses)

        return look

    @pytest.mark.parametrize("bank", [disputed, lost])
    def test_of_what_is_closed_somebody_else_and_not_her(self, client_user, listing, pages, bank):
        booking = accepted(client_user, listing)
        bank(booking)
        page = pages(booking)
        assert "Your bank" in page
        assert not self.AGAIN.search(page) and "See who is here now" in page

    @pytest.mark.parametrize("bank", [disputed, lost])
    def test_of_what_is_settled_neither_page_nor_bill_nor_chat(self, client_user, listing, pages, bank):
        booking = talked(client_user, listing)
        every = ("bookings:detail", "bookings:receipt", "chat:room")
        assert len(self.AGAIN.findall(pages(booking, *every))) == len(every)
        bank(booking)
        assert not self.AGAIN.search(pages(booking, *every))

    def test_once_it_stays_paid_she_is_offered_again(self, client_user, listing, pages):
        booking = talked(client_user, listing)
        won(booking)
        assert self.AGAIN.search(pages(booking))

    def test_no_refund_is_promised_that_the_bank_will_refuse(self, client_user, listing, pages):
        booking = accepted(client_user, listing)
        disputed(booking)
        assert Refund.objects.get().status == "requested"
        page = pages(booking)
        assert "Your bank asked about the payment for it" in page and "We keep nothing of it" in page
        assert "Comes back" not in page
        stripe_refuses()
        assert "Comes back" not in pages(booking)

    def test_once_it_stays_paid_the_refund_is_promised(self, client_user, listing, pages):
        booking = accepted(client_user, listing)
        disputed(booking)
        stripe_refuses()
        won(booking)
        request_refund_again(ref=booking.pk)
        page = pages(booking)
        assert "Your bank has decided" in page and "Comes back" in page
