"""The books keep themselves: what is tested here is refused or kept by the database, not by Python."""

import threading
from functools import partial
from importlib import import_module
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from payments.errors import LedgerMismatch
from payments.models import Account, AccountKind, Transfer, TransferKind
from payments.services.books import check_books
from payments.services.ledger import (
    Posting,
    account,
    accounts_of_order,
    hold,
    of_user,
    open_accounts,
    open_order,
    open_payer_accounts,
    post,
    prepaid_for,
)
from payments.services.sharing import release
from tests.rivals import rival
from tests.threads import at_once, failures


@pytest.fixture
def prepaid(client_user, stranger):
    """A reference for which the client has paid ¥10."""
    ref = uuid4()
    open_payer_accounts(client_user.pk)
    clearing, prepay = (of_user(kind, client_user.pk) for kind in (AccountKind.STRIPE_CLEARING, AccountKind.PREPAY))
    post(ref, Posting(TransferKind.PAYMENT, clearing, prepay, 1000, seq=1))
    open_order(ref=ref, companion_id=stranger.pk)
    return ref


def balance(kind: AccountKind, owner: str) -> int:
    return Account.objects.get(kind=kind, owner=owner).balance


@pytest.mark.django_db
def test_balances_follow_from_transfers(prepaid, client_user):
    assert balance(AccountKind.PREPAY, f"user:{client_user.pk}") == 1000
    assert balance(AccountKind.STRIPE_CLEARING, f"user:{client_user.pk}") == 1000


@pytest.mark.django_db
def test_posting_twice_is_once(prepaid, client_user):
    assert hold(ref=prepaid, payer_id=client_user.pk, amount=600, seq=0)
    assert not hold(ref=prepaid, payer_id=client_user.pk, amount=600, seq=0)
    assert prepaid_for(ref=prepaid, payer_id=client_user.pk) == 400


@pytest.mark.django_db
def test_the_same_key_with_another_amount_is_an_error(prepaid, client_user):
    hold(ref=prepaid, payer_id=client_user.pk, amount=600, seq=0)
    with pytest.raises(LedgerMismatch):
        hold(ref=prepaid, payer_id=client_user.pk, amount=601, seq=0)


@pytest.mark.django_db
def test_an_account_is_not_overdrawn(prepaid, client_user):
    with pytest.raises(IntegrityError, match="account_not_overdrawn"), transaction.atomic():
        hold(ref=prepaid, payer_id=client_user.pk, amount=1001, seq=0)


@pytest.mark.django_db
@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_is_positive(prepaid, client_user, stranger, amount):
    prepay, fee = of_user(AccountKind.PREPAY, client_user.pk), of_user(AccountKind.PLATFORM_FEE, stranger.pk)
    with pytest.raises(IntegrityError, match="transfer_amount_positive"), transaction.atomic():
        Transfer.objects.create(kind="hold", ref=prepaid, debit=prepay, credit=fee, amount=amount)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE payments_transfer SET amount = amount + 1",
        "DELETE FROM payments_transfer",
        "TRUNCATE payments_transfer",
    ],
)
def test_a_transfer_is_final(prepaid, change):
    with pytest.raises(DatabaseError, match="transfers are final"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(change)


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["DELETE FROM payments_account", "UPDATE payments_account SET id = id + 1"])
def test_an_account_is_kept(prepaid, change):
    with pytest.raises(DatabaseError, match="accounts are kept"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(change)


@pytest.mark.django_db
def test_a_transfer_is_between_accounts_that_are_there(prepaid, client_user):
    fees, nobody = of_user(AccountKind.STRIPE_FEES, client_user.pk), Account(pk=10**9)
    with pytest.raises(IntegrityError, match='null value in column "kind"'), transaction.atomic():
        Transfer.objects.create(kind="hold", ref=prepaid, debit=fees, credit=nobody, amount=1)


@pytest.mark.django_db
def test_money_that_was_earned_is_shared_and_the_rest_goes_back(prepaid, client_user, stranger):
    hold(ref=prepaid, payer_id=client_user.pk, amount=1000, seq=0)
    post_earned(prepaid, 333)
    shared = release(ref=prepaid, companion_id=stranger.pk)
    assert (shared.companion, shared.fee, shared.unused) == (284, 49, 667)
    assert prepaid_for(ref=prepaid, payer_id=client_user.pk) == 667


@pytest.mark.django_db
def test_a_wrong_balance_is_found(prepaid):
    assert [line for line in check_books(with_stripe=False) if "account" in line] == []
    Account.objects.filter(kind=AccountKind.STRIPE_CLEARING).update(debits=2000)
    assert any("stripe_clearing" in line for line in check_books(with_stripe=False))
    with pytest.raises(CommandError, match="stripe_clearing"):
        call_command("ledger_check", "--without-stripe")


def post_earned(ref, amount: int) -> None:
    order = accounts_of_order(ref=ref)
    post(ref, Posting(TransferKind.MINUTE, order.hold, order.earned, amount, seq=0, upto=10))


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    """Threads against the database, each on its own connection."""

    def test_crossing_transfers_neither_deadlock_nor_lose(self, prepaid, client_user, stranger):
        errors = at_eight(lambda n: self.cross(client_user.pk, stranger.pk, n))
        assert errors == []
        assert [line for line in check_books(with_stripe=False) if "account" in line or "debits" in line] == []

    def test_balances_added_up_in_python_would_lose_updates(self, prepaid):
        """The negative control: a balance read and written back in Python loses some of the same additions."""
        before = Account.objects.get(kind=AccountKind.STRIPE_CLEARING).debits
        ready = threading.Barrier(8)
        at_eight(lambda n: self.read_and_write_back(ready))
        assert Account.objects.get(kind=AccountKind.STRIPE_CLEARING).debits < before + 8

    def test_one_key_posted_by_eight_is_posted_once(self, prepaid, client_user):
        posted = []
        errors = at_eight(lambda n: posted.append(hold(ref=prepaid, payer_id=client_user.pk, amount=600, seq=0)))
        assert errors == []
        assert prepaid_for(ref=prepaid, payer_id=client_user.pk) == 400
        assert Transfer.objects.filter(kind="hold", ref=prepaid).count() == 1

    @staticmethod
    def cross(one: int, other: int, number: int) -> None:
        """Every second thread names the two in the other order, all of them in one statement."""
        for user in (one, other):
            open_payer_accounts(user)
        clearing = of_user(AccountKind.STRIPE_CLEARING, one)
        users = [one, other] if number % 2 else [other, one]
        prepays = [of_user(AccountKind.PREPAY, user) for user in users]
        post(uuid4(), *(Posting(TransferKind.PAYMENT, clearing, prepay, 7, seq) for seq, prepay in enumerate(prepays)))

    @staticmethod
    def read_and_write_back(ready: threading.Barrier) -> None:
        row = Account.objects.get(kind=AccountKind.STRIPE_CLEARING)
        ready.wait()
        Account.objects.filter(pk=row.pk).update(debits=row.debits + 1)


IN_ORDER = " ORDER BY account"


@pytest.mark.django_db(transaction=True)
class TestLockOrder:
    """A posting that waits for one account holds exactly those with a lower id: two can never wait for each other."""

    @pytest.fixture(params=[False, True], ids=["of unknown size", "thought to be small"])
    def accounts(self, db, request) -> list[Account]:
        first, *others = (Account(kind="hold", owner=f"order:{n}", credit_normal=True) for n in range(20))
        first.save()
        if request.param:
            connection.cursor().execute("VACUUM ANALYZE payments_account")
        return [first, *Account.objects.bulk_create(others)]

    @pytest.mark.parametrize("led", ["enable_nestloop = off", "enable_indexscan = off", "enable_sort = off"])
    def test_whatever_the_plan_accounts_are_locked_by_id(self, accounts, led):
        assert held_while_waiting_for(accounts[10], accounts, led=led) == accounts[:10]

    @pytest.mark.parametrize("instead", [" ORDER BY -account", " ORDER BY account % 3"])
    def test_without_that_order_they_are_not(self, accounts, instead):
        """The negative control."""
        assert held_while_waiting_for(accounts[10], accounts, instead=instead) != accounts[:10]


def held_while_waiting_for(
    wanted: Account, accounts: list[Account], *, led: str = "enable_sort = on", instead: str | None = None
) -> list[Account]:
    """Which accounts a posting over all of them has locked when it comes to `wanted`, which somebody else holds.

    `led` is a setting that leads the planner elsewhere, as it is free to go another day; `instead` replaces the
    trigger's order.
    """

    def post_and_forget() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL {led}")
            if instead is not None:
                cursor.execute("SELECT pg_get_functiondef('payments_post'::regproc)")
                cursor.execute(cursor.fetchone()[0].replace(IN_ORDER, instead))
            open_accounts((AccountKind.STRIPE_CLEARING, ""))
            clearing = account(AccountKind.STRIPE_CLEARING, "")
            post(uuid4(), *(Posting(TransferKind.HOLD, clearing, row, 7, seq) for seq, row in enumerate(accounts)))
            transaction.set_rollback(True)

    rows = Account.objects.filter(pk__in=[row.pk for row in accounts]).order_by("pk")
    locking = rows.select_for_update(no_key=True)
    with rival(lambda: locking.get(pk=wanted.pk)) as meanwhile:
        waiting = meanwhile(post_and_forget)
        free = set(rows.select_for_update(no_key=True, skip_locked=True))
    waiting()
    return [row for row in accounts if row not in free]


def at_eight(work) -> list[Exception]:
    def in_transaction(number: int) -> None:
        with transaction.atomic():
            work(number)

    return failures(at_once(*(partial(in_transaction, number) for number in range(8))))


@pytest.mark.django_db
def test_who_was_there_before_gets_the_accounts_that_were_common_until_then(stranger):
    owners = {"prepay": f"user:{stranger.pk}", "payable": "user:7"}
    for kind, owner in owners.items():
        Account.objects.create(kind=kind, owner=owner, credit_normal=True)
    with connection.cursor() as cursor:
        for _ in range(2):
            cursor.execute(import_module("payments.migrations.0007_no_account_of_all").OPEN)
    opened = {(row.kind, row.owner): (row.credit_normal, row.may_overdraw) for row in Account.objects.all()}
    open_payer_accounts(8)
    open_order(ref=uuid4(), companion_id=8)
    for kind, beside in {"stripe_clearing": "prepay", "stripe_fees": "prepay", "platform_fee": "payable"}.items():
        today = Account.objects.get(kind=kind, owner="user:8")
        assert opened.pop((kind, owners[beside])) == (today.credit_normal, today.may_overdraw)
    assert {*opened} == {*owners.items()}
