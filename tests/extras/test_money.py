"""What is paid is passed on as a whole, once; what comes too late goes back; the books tell whatever is otherwise."""

from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.signals import post_init
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import Letter, User
from accounts.services import block
from bookings.models import Booking
from extras import services
from extras.errors import ExtraGone
from extras.models import OPEN_MS, Extra
from payments import services as payments
from payments.errors import PaymentClosed
from payments.gateway.values import RefundState
from payments.models import Account, AccountKind, FinanceTask, Payment, Refund, Transfer, TransferKind
from payments.services import naming
from payments.services.books import check_books
from payments.services.finance import open_task
from payments.services.ledger import Posting, of_user, post
from payments.services.reconciling import Finding, as_texts
from payments.services.refunds import apply_refund
from tests.cast import a_finance
from tests.extras.asking import FEN, HOUR, asked, earlier, ended, money_comes, opened, paid
from tests.orders import past_the_triggers, settle
from tests.visits import a_place, together

pytestmark = pytest.mark.django_db


def payable(booking: Booking) -> int:
    owner = f"user:{booking.companion_id}"
    return sum(account.balance for account in Account.objects.filter(kind=AccountKind.PAYABLE, owner=owner))


class TestPaid:
    def test_all_of_it_is_the_companions_and_nothing_the_platforms(self, extra, visit):
        before = payable(visit)
        assert paid(extra).state == "paid" and extra.decided_ms
        assert payable(visit) - before == FEN
        kinds = Transfer.objects.filter(ref=extra.pk).values_list("kind", "amount")
        assert set(kinds) == {("payment", FEN), ("stripe_fee", 34), ("extra", FEN)}
        assert not Letter.objects.filter(key=f"extras:{extra.pk}").exists()
        assert check_books(with_stripe=False) == []

    def test_the_same_tap_is_the_same_payment_and_the_same_news_is_once(self, extra):
        assert opened(extra).pk == opened(extra).pk
        payment = opened(extra)
        for _ in range(2):
            money_comes(payment)
        services.paid(ref=extra.pk)
        assert Transfer.objects.filter(ref=extra.pk, kind=TransferKind.EXTRA).count() == 1
        assert not Refund.objects.exists()

    def test_nothing_of_the_bookings_own_money_is_touched(self, extra, visit):
        own = Transfer.objects.filter(ref=visit.pk)
        before = list(own.values_list("kind", "amount"))
        paid(extra)
        assert list(own.values_list("kind", "amount")) == before
        visit.refresh_from_db()
        settle(ended(visit))
        assert not Refund.objects.filter(ref=extra.pk).exists()
        assert check_books(with_stripe=False) == []

    def test_it_is_no_income_in_all_nor_on_any_day(self, extra, visit):
        paid(extra)
        settle(ended(visit))
        hers = visit.companion
        days = payments.daily_income(user=hers, since=visit.created_at.date())
        assert payments.income_of(user=hers) == sum(days.values()) == 30000 * 85 // 100
        assert payments.passed_on_to(user=hers) == FEN
        assert payments.passed_on_to(user=visit.client) == payments.income_of(user=visit.client) == 0


def declined(extra: Extra) -> None:
    services.decline(extra=extra, by=extra.booking.client)


def taken_back(extra: Extra) -> None:
    services.take_back(extra=extra, by=extra.booking.companion)


def lapsed(extra: Extra) -> None:
    services.lapse_due(now_ms=extra.asked_ms + OPEN_MS)


def parted(extra: Extra) -> None:
    block(by=extra.booking.client, other=extra.booking.companion)


@pytest.mark.parametrize("ends", [declined, taken_back, lapsed, parted])
class TestTooLate:
    def test_it_goes_back_whole_and_at_once(self, extra, visit, ends):
        payment, before = opened(extra), payable(visit)
        ends(extra)
        money_comes(payment)
        extra.refresh_from_db()
        assert extra.state not in ("asked", "paid") and payable(visit) == before
        assert [refund.amount for refund in Refund.objects.filter(ref=extra.pk)] == [FEN]
        assert check_books(with_stripe=False) == []


class TestInTime:
    """Stripe took the money before the 72 hours were over, and its word comes afterwards."""

    @pytest.fixture
    def begun(self, extra, stand_in) -> Payment:
        payment = opened(extra)
        payments.checkout_url(payment=payment, success_url="http://test/", cancel_url="http://test/")
        earlier(extra, 72 * HOUR)
        return payment

    def test_what_he_began_to_pay_is_waited_for(self, extra, begun):
        assert services.lapse_due() == 0
        money_comes(begun)
        extra.refresh_from_db()
        assert extra.state == "paid" and not Refund.objects.exists()
        assert check_books(with_stripe=False) == []

    def test_it_lapses_once_that_has_come_to_nothing(self, extra, begun, visit):
        begun.refresh_from_db()
        payments.close_checkout(payment=begun)
        assert services.lapse_due() == 1
        money_comes(begun)
        extra.refresh_from_db()
        assert extra.state == "lapsed" and Refund.objects.count() == 1

    def test_nobody_begins_to_pay_any_more(self, extra, begun):
        with pytest.raises(ExtraGone):
            opened(extra)

    def test_a_round_that_is_late_takes_no_money_back(self, extra):
        payment = opened(extra)
        earlier(extra, 72 * HOUR)
        money_comes(payment)
        extra.refresh_from_db()
        assert extra.state == "paid"


def test_what_ended_opens_no_page_to_pay_any_more(extra, stand_in):
    payment = opened(extra)
    declined(extra)
    with pytest.raises(PaymentClosed):
        payments.checkout_url(payment=payment, success_url="http://test/", cancel_url="http://test/")


def test_a_page_to_pay_that_is_open_is_closed_when_it_ends(extra, stand_in, django_capture_on_commit_callbacks):
    payment = opened(extra)
    payments.checkout_url(payment=payment, success_url="http://test/", cancel_url="http://test/")
    with django_capture_on_commit_callbacks() as bells:
        declined(extra)
    assert bells
    payments.close_checkout(payment=Payment.objects.get(ref=extra.pk))
    assert Payment.objects.get(ref=extra.pk).status == "expired"


class TestBooks:
    def lines(self) -> list[str]:
        return check_books(with_stripe=False)

    def test_paid_and_not_passed_on_is_found(self, extra):
        with past_the_triggers():
            Extra.objects.filter(pk=extra.pk).update(state="paid", decided_ms=extra.asked_ms)
        [line] = self.lines()
        assert str(extra.pk) in line and f"0 fen were passed on, not {FEN}" in line

    def test_passed_on_and_not_paid_is_found(self, extra):
        paid(extra)
        with past_the_triggers():
            Extra.objects.filter(pk=extra.pk).update(state="declined")
        [line] = self.lines()
        assert f"{FEN} fen were passed on, not 0" in line

    def test_what_was_passed_on_of_no_extra_is_found(self, visit, extra):
        paid(extra)
        with past_the_triggers():
            Extra.objects.filter(pk=extra.pk).delete()
        [line] = self.lines()
        assert str(extra.pk) in line and "does not go from a client to the companion" in line

    def test_what_was_passed_on_to_somebody_else_is_found(self, visit, extra, other_client):
        other = together(other_client, a_place("wen"))
        paid(asked(visit))
        payments.open_order(ref=extra.pk, companion_id=other.companion_id)
        theirs = of_user(AccountKind.PAYABLE, other.companion_id)
        hers = of_user(AccountKind.PAYABLE, visit.companion_id)
        post(extra.pk, Posting(TransferKind.EXTRA, hers, theirs, FEN))
        assert [line for line in self.lines() if str(extra.pk) in line and "does not go from a client" in line]

    def test_money_that_went_nowhere_is_found(self, extra):
        payment = opened(extra)
        declined(extra)
        clearing, prepay = (
            of_user(kind, payment.payer_id) for kind in (AccountKind.STRIPE_CLEARING, AccountKind.PREPAY)
        )
        post(extra.pk, Posting(TransferKind.PAYMENT, clearing, prepay, FEN, payment.seq))
        Payment.objects.filter(pk=payment.pk).update(
            status="succeeded", charge_id="ch_lost", succeeded_at=payment.created_at
        )
        [line] = self.lines()
        assert f"{FEN} fen of what was paid for it went nowhere" in line

    def test_a_refund_that_failed_says_how_to_send_it_again(self, extra):
        payment = opened(extra)
        declined(extra)
        money_comes(payment)
        refund = Refund.objects.get(ref=extra.pk)
        apply_refund(refund_id=refund.pk, state=RefundState(None, "failed", FEN, "lost_card"))
        [line] = self.lines()
        assert f"manage.py refund_again {extra.pk}" in line
        call_command("refund_again", str(extra.pk))
        assert self.lines() == []

    def test_what_should_have_lapsed_long_ago_is_found(self, extra):
        earlier(extra, OPEN_MS + 3_700_000)
        [line] = self.lines()
        assert "has not lapsed" in line

    def test_nothing_of_what_is_paid_is_sent_again(self, extra):
        paid(extra)
        with pytest.raises(CommandError):
            call_command("refund_again", str(extra.pk))

    def test_what_agrees_stays_in_the_database(self, visit):
        loaded: list[object] = []

        def note(sender: type, **_: object) -> None:
            loaded.append(sender)

        for _ in range(3):
            paid(asked(visit))
        for model in (Extra, Transfer):
            post_init.connect(note, sender=model)
        assert services.check_extras() == [] == loaded
        for model in (Extra, Transfer):
            post_init.disconnect(note, sender=model)

    def test_more_extras_are_not_more_queries(self, visit):
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert self.lines() == []
            return len(captured)

        paid(asked(visit))
        one = queries()
        for _ in range(2):
            paid(asked(visit))
        assert queries() == one


def test_finance_knows_it_by_its_order_and_the_companion_too(extra, visit):
    assert naming.numbers_of([extra.pk, visit.pk]) == {extra.pk: f"{visit.code} · 垫付", visit.pk: visit.code}
    assert payments.named([extra.pk])[extra.pk].number == visit.code
    assert naming.numbers_of([uuid4()]) == {}


@pytest.mark.parametrize("of_the_moment", ["zh-hans", "en"])
def test_each_of_finance_reads_it_in_his_own_language(extra, visit, finance, of_the_moment):
    english = a_finance("eng")
    User.objects.filter(pk=english.pk).update(language="en")
    with translation.override(of_the_moment):
        open_task(FinanceTask.Kind.DEBT, key="du_1", ref=extra.pk)
    his, hers = (Letter.objects.get(to=person).body for person in (english, finance))
    assert f"Order: {visit.code} · an extra\n" in his
    assert f"{visit.code} · 垫付\n" in hers


def test_what_is_kept_of_the_books_is_english_whoever_compared_them(extra, visit):
    with translation.override("zh-hans"):
        [line] = as_texts([Finding("missing_here", ref=str(extra.pk), kind="extra")])
    assert f"of {visit.code} · an extra" in line
