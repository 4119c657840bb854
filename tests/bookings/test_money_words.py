"""What is said of money that goes back, that a bank wants back, and that waits: what is so, what comes next, and that
there is nothing to do."""

import pytest

from bookings import services
from bookings.models import Booking
from payments.gateway.values import RefundState
from payments.models import Earning, Refund
from payments.services.refunds import apply_refund
from tests.bookings.test_page_sums import aged, longer, url, words_of
from tests.disputes import INQUIRY, disputed, lost, won
from tests.extras.test_late_money import came_late
from tests.orders import MINUTE, live, requested, settle
from tests.visits import a_place, half_paid, together

pytestmark = pytest.mark.django_db
NOTHING_TO_DO = "There is nothing for you to do"


@pytest.fixture
def cancelled(client_user, listing) -> Booking:
    return services.cancel(booking=requested(client_user, listing), by=client_user)


@pytest.fixture
def ended(client_user, listing) -> Booking:
    """Ten minutes were served, and settled."""
    booking = aged(live(client_user, listing), 10 * MINUTE)
    return settle(services.end(booking=booking, by=client_user))


def stands(status: str, reason: str = "", stripe_id: str | None = "re_1") -> None:
    for refund in Refund.objects.all():
        apply_refund(refund_id=refund.pk, state=RefundState(stripe_id, status, refund.amount, reason))


def his(client, booking: Booking, name: str = "detail", language: str = "en") -> str:
    return words_of(client, booking.client, url(name, booking), language)


def hers(client, booking: Booking, name: str = "detail") -> str:
    return words_of(client, booking.companion, url(name, booking))


class TestRefunds:
    def test_one_that_is_asked_for(self, client, cancelled):
        words = his(client, cancelled)
        assert "Goes back to Visa ending in 4242 now." in words and NOTHING_TO_DO in words

    def test_one_on_its_way_takes_days(self, client, cancelled):
        stands("pending")
        words = his(client, cancelled)
        assert "On its way back to Visa ending in 4242" in words and "take a few days" in words

    def test_one_that_has_left(self, client, cancelled):
        stands("succeeded")
        assert "Banks usually show it within a few days" in his(client, cancelled)

    def test_one_that_was_refused_is_kept_for_him(self, client, cancelled):
        stands("failed", "expired_or_canceled_card", None)
        words = his(client, cancelled)
        assert "did not take the refund. The ¥10 is kept for you: one of us is looking into it" in words
        assert NOTHING_TO_DO in words

    def test_one_that_came_back_after_it_had_left(self, client, cancelled):
        stands("succeeded")
        stands("failed", "lost_or_stolen_card")
        words = his(client, cancelled)
        assert "it came back to us. It is kept for you" in words and NOTHING_TO_DO in words

    def test_over_several_payments_the_newest_first(self, client, client_user, listing):
        booking = live(client_user, listing)
        longer(booking, 15)
        settle(services.end(booking=booking, by=client_user))
        assert "your newest payment goes back first" in his(client, booking, "receipt")

    def test_over_one_nothing_is_said_of_it(self, client, cancelled):
        assert "newest payment" not in his(client, cancelled)


class TestWhoseBankWantsItBack:
    def test_reads_that_it_decides_and_that_no_refund_is_needed(self, client, client_user, listing):
        booking = requested(client_user, listing)
        disputed(booking)
        stands("failed", "charge_disputed", None)
        words = his(client, booking)
        assert "Your bank is looking into ¥10" in words and "Could not go back" not in words
        assert "does not take place. We keep nothing of it." in words

    @pytest.mark.parametrize("name", ["detail", "receipt"])
    @pytest.mark.parametrize(
        ("decides", "words"), [(won, "stays paid"), (lost, "does not come back from us a second time")]
    )
    def test_and_what_it_has_decided(self, client, ended, name, decides, words):
        disputed(ended)
        stands("failed", "charge_disputed", None)
        decides(ended)
        assert "Could not go back" not in his(client, ended, name)
        assert words in his(client, ended, name) and NOTHING_TO_DO in his(client, ended, name)

    def test_of_a_mere_question_nothing_is_said(self, client, ended):
        disputed(ended, **INQUIRY)
        assert "Your bank" not in his(client, ended)

    def test_nobody_else_reads_of_his_bank(self, client, client_user):
        booking = half_paid(client_user, a_place("ruby", kind="dining"))
        disputed(booking)
        assert "Your bank" in his(client, booking)
        assert "ank is" not in hers(client, booking)

    def test_of_an_extra_it_is_said_where_the_refund_stands(self, client, client_user):
        visit = together(client_user, a_place("shen"))
        came_late(visit)
        stands("failed", "charge_disputed", None)
        assert "so we cannot send it as well" in his(client, visit)

    def test_in_his_language(self, client, ended):
        disputed(ended)
        assert "你的银行" in his(client, ended, language="zh-hans")


class TestHerPay:
    WAITS = "Your pay for this order waits"

    @pytest.mark.parametrize("name", ["detail", "receipt"])
    def test_waits_while_his_bank_decides(self, client, ended, name):
        assert self.WAITS not in hers(client, ended, name)
        disputed(ended)
        words = hers(client, ended, name)
        assert self.WAITS in words and "bank" not in words
        assert self.WAITS not in his(client, ended, name)
        won(ended)
        assert self.WAITS not in hers(client, ended, name)

    def test_does_not_wait_once_it_is_sent_off(self, client, ended):
        Earning.objects.update(released_at="2026-01-01T00:00Z")
        disputed(ended)
        assert self.WAITS not in hers(client, ended)

    def test_a_meeting_that_goes_on_says_nothing_yet(self, client, client_user):
        booking = together(client_user, a_place("shen"))
        disputed(booking)
        assert self.WAITS not in hers(client, booking)

    def test_of_what_was_closed_she_reads_that_it_does_not_touch_her_figures(self, client, client_user, listing):
        booking = requested(client_user, listing)
        disputed(booking)
        assert "It does not touch your figures" in hers(client, booking)

    def test_what_we_ended_is_not_laid_to_him(self, client, client_user, listing):
        booking = aged(live(client_user, listing), 10 * MINUTE)
        disputed(booking)
        assert "Ended by us: the payment was stopped" in hers(client, booking, "receipt")
