"""While a new version is put in place, the old one takes orders and knows of fewer accounts: what is missing is opened
where money moves next, and nothing of it stays where it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest

from accounts.models import User
from bookings import services as bookings
from bookings.models import Booking, State
from payments import services
from payments.gateway.values import RefundState
from payments.models import Account, AccountKind, Payment, Refund, TransferKind
from payments.services import ledger, locking
from payments.services.books import check_books
from payments.services.ledger import Posting, of_user, open_accounts, post
from payments.services.refunds import apply_refund
from tests.orders import accepted, ordered, pay, requested, settle, speak

pytestmark = pytest.mark.django_db
KNOWN_BEFORE = (AccountKind.PREPAY, AccountKind.REFUND_PENDING)
OF_ALL = (AccountKind.STRIPE_CLEARING, "")


@contextmanager
def the_version_before() -> Iterator[None]:
    with (
        mock.patch.object(ledger, "OF_A_PAYER", KNOWN_BEFORE),
        mock.patch.object(ledger, "OF_A_COMPANION", (AccountKind.PAYABLE,)),
    ):
        yield


@contextmanager
def nothing_is_opened_later() -> Iterator[None]:
    with mock.patch.object(locking, "open_accounts", lambda *_: None):
        yield


def kinds(user: User) -> set[str]:
    return set(Account.objects.filter(owner=f"user:{user.pk}").values_list("kind", flat=True))


@pytest.fixture
def unpaid(client_user, listing) -> Booking:
    """Ordered by somebody new."""
    with the_version_before():
        booking = ordered(client_user, listing)
    assert kinds(client_user) == {*KNOWN_BEFORE}
    return booking


@pytest.fixture
def over(client_user, listing) -> Booking:
    """Her first one, and it has ended."""
    booking = requested(client_user, listing)
    with the_version_before():
        bookings.accept(booking=booking, by=booking.companion)
    assert kinds(booking.companion) == {AccountKind.PAYABLE}
    speak(booking.pk, companion=True)
    booking.refresh_from_db()
    return bookings.end(booking=booking, by=client_user)


@pytest.fixture
def paid_to_all(unpaid) -> Payment:
    """The version before wrote the money down as it knew to."""
    payment = bookings.payment_of(unpaid)
    open_accounts(OF_ALL)
    prepay = of_user(AccountKind.PREPAY, payment.payer_id)
    post(payment.ref, Posting(TransferKind.PAYMENT, ledger.account(*OF_ALL), prepay, payment.amount, payment.seq))
    paid = {"status": "succeeded", "charge_id": "ch_1", "succeeded_at": payment.created_at}
    Payment.objects.filter(pk=payment.pk).update(**paid)
    payment.refresh_from_db()
    return payment


@pytest.fixture
def going_back(paid_to_all) -> Refund:
    """Asked for by the version before."""
    payment = paid_to_all
    refund = Refund.objects.create(payment=payment, ref=payment.ref, seq=1, amount=payment.amount)
    prepay, pending = (of_user(kind, payment.payer_id) for kind in KNOWN_BEFORE)
    post(refund.ref, Posting(TransferKind.REFUND, prepay, pending, refund.amount, refund.seq))
    Payment.objects.filter(pk=payment.pk).update(refunded=refund.amount)
    return refund


class TestTheMoneyOfSomebodyNew:
    def test_is_written_down(self, unpaid):
        assert pay(unpaid).state == State.REQUESTED
        assert check_books(with_stripe=False) == []

    def test_control_without_an_account_it_is_not(self, unpaid):
        with nothing_is_opened_later(), pytest.raises(Account.DoesNotExist):
            pay(unpaid)


class TestTheFirstOrderOfACompanion:
    def test_is_settled(self, over):
        assert settle(over).state == State.SETTLED
        assert check_books(with_stripe=False) == []

    def test_control_without_an_account_it_waits_for_ever(self, over):
        with nothing_is_opened_later():
            assert settle(over).state == State.ENDED


class TestTheRefundOfSomebodyNew:
    def test_is_sent(self, paid_to_all):
        assert services.request_refund_again(ref=paid_to_all.ref) == []
        [refund] = services.refund_unused(ref=paid_to_all.ref)
        assert refund.amount == paid_to_all.amount

    def test_control_without_an_account_it_is_not(self, paid_to_all):
        with nothing_is_opened_later(), pytest.raises(Account.DoesNotExist):
            services.refund_unused(ref=paid_to_all.ref)

    def test_what_became_of_it_is_written_down(self, going_back):
        arrived = RefundState("re_1", "succeeded", going_back.amount, "")
        with nothing_is_opened_later(), pytest.raises(Account.DoesNotExist):
            apply_refund(refund_id=going_back.pk, state=arrived)
        assert apply_refund(refund_id=going_back.pk, state=arrived).status == "succeeded"


def test_what_is_there_stays_as_it_is(client_user, listing):
    before = {(row.pk, row.kind, row.owner) for row in Account.objects.all()}
    booking = accepted(client_user, listing)
    opened = Account.objects.count()
    services.lock_order(ref=booking.pk, companion_id=booking.companion_id)
    assert (before, opened, Account.objects.count()) == (set(), 8, 8)


def test_who_ends_nothing_locks_nothing(client_user, listing, django_assert_num_queries):
    accepted(client_user, listing)
    with django_assert_num_queries(0):
        services.lock_orders()
