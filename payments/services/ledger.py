"""Postings. Each is a no-op the second time: the key (ref, kind, seq) is unique in the database."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Sum

from payments.errors import LedgerMismatch
from payments.models import Account, AccountKind, Transfer, TransferKind

DEBIT_NORMAL = {
    AccountKind.STRIPE_CLEARING,
    AccountKind.STRIPE_FEES,
    AccountKind.DISPUTE_RESERVE,
    AccountKind.DISPUTE_LOSS,
    AccountKind.BY_HAND,
    AccountKind.OWN_BANK,
}
# Stripe keeps its fee when a payment is refunded, so what it holds for us may fall below zero. A dispute that is lost
# takes back from a companion what may have left for her bank; a bank may give back what others bore; and by hand more
# may be fetched back than was sent. What our own bank has the ledger does not know: only what went over it for others.
MAY_OVERDRAW = {
    AccountKind.STRIPE_CLEARING,
    AccountKind.PAYABLE,
    AccountKind.DISPUTE_LOSS,
    AccountKind.BY_HAND,
    AccountKind.OWN_BANK,
}
# What belongs to the platform or lies with Stripe is kept by person too. In one account for all, whoever hangs in the
# middle of a settlement or a payment would hold up all others.
OF_A_PAYER = (AccountKind.PREPAY, AccountKind.REFUND_PENDING, AccountKind.STRIPE_CLEARING, AccountKind.STRIPE_FEES)
OF_A_COMPANION = (AccountKind.PAYABLE, AccountKind.PLATFORM_FEE)
OF_A_DISPUTE = (AccountKind.DISPUTE_RESERVE, AccountKind.DISPUTE_LOSS)


@dataclass(frozen=True, slots=True)
class OrderAccounts:
    """The two accounts of one order: what is held for it and what of that has been earned."""

    hold: Account
    earned: Account


@dataclass(frozen=True, slots=True)
class Posting:
    """One movement to be made: `amount` fen under the key (ref, kind, seq)."""

    kind: TransferKind
    debit: Account
    credit: Account
    amount: int
    seq: int = 0
    upto: int | None = None


Key = tuple[AccountKind, str]
"""The kind and the owner of an account."""


def payer_keys(user_id: int) -> list[Key]:
    return [(kind, f"user:{user_id}") for kind in OF_A_PAYER]


def order_keys(ref: UUID, companion_id: int) -> list[Key]:
    """What an order needs to be served and paid out: its own accounts and its companion's."""
    hers = [(kind, f"user:{companion_id}") for kind in OF_A_COMPANION]
    return [(AccountKind.HOLD, str(ref)), (AccountKind.EARNED, str(ref)), *hers]


def payout_keys(companion_id: int, payer_ids: Collection[int]) -> list[Key]:
    """What paying a companion out moves: hers, and where the money lies that these payers brought."""
    hers = [(kind, f"user:{companion_id}") for kind in (AccountKind.PAYABLE, AccountKind.PAYOUT_PENDING)]
    return [*hers, *((AccountKind.STRIPE_CLEARING, f"user:{payer_id}") for payer_id in payer_ids)]


def dispute_keys(payer_id: int) -> list[Key]:
    """What a payer's bank moves when it asks for money back."""
    return [*payer_keys(payer_id), *((kind, f"user:{payer_id}") for kind in OF_A_DISPUTE)]


def by_hand_keys(payer_id: int) -> list[Key]:
    """What was moved at Stripe by hand, of the money that this payer brought."""
    return [*payer_keys(payer_id), (AccountKind.BY_HAND, f"user:{payer_id}")]


def outside_keys(user_id: int, payer_ids: Collection[int]) -> list[Key]:
    """What goes past Stripe to or from this user, for an order that these payers paid for."""
    kinds = (AccountKind.OWN_BANK, AccountKind.PAYABLE, AccountKind.PAYOUT_PENDING)
    losses = [(AccountKind.DISPUTE_LOSS, f"user:{payer_id}") for payer_id in payer_ids]
    return [*((kind, f"user:{user_id}") for kind in kinds), *losses, *(k for one in payer_ids for k in payer_keys(one))]


def open_accounts(*keys: Key) -> None:
    """Opens the accounts that are not there yet. In a transaction it comes before any posting: waiting for a rival's
    new account while holding the lock of another one is how two orders would deadlock."""
    rows = [
        Account(kind=kind, owner=owner, credit_normal=kind not in DEBIT_NORMAL, may_overdraw=kind in MAY_OVERDRAW)
        for kind, owner in sorted(keys)
    ]
    Account.objects.bulk_create(rows, ignore_conflicts=True)


def open_payer_accounts(user_id: int) -> None:
    open_accounts(*payer_keys(user_id))


def account(kind: AccountKind, owner: str) -> Account:
    return Account.objects.get(kind=kind, owner=owner)


def of_user(kind: AccountKind, user_id: int) -> Account:
    return account(kind, f"user:{user_id}")


def find_account(kind: AccountKind, user_id: int) -> Account | None:
    """None for who never had any money of the kind."""
    return Account.objects.filter(kind=kind, owner=f"user:{user_id}").first()


def open_order(*, ref: UUID, companion_id: int) -> OrderAccounts:
    """The accounts an order needs to be served and paid out."""
    open_accounts(*order_keys(ref, companion_id))
    return accounts_of_order(ref=ref)


def accounts_of_order(*, ref: UUID) -> OrderAccounts:
    return OrderAccounts(account(AccountKind.HOLD, str(ref)), account(AccountKind.EARNED, str(ref)))


def post(ref: UUID, *postings: Posting) -> int:
    """Posts all in one statement, so that their accounts are locked in one order; returns how many were new.

    Nothing is posted for an amount of 0. Raises LedgerMismatch when a key is taken by a different transfer.
    """
    wanted = [Transfer(ref=ref, **_columns(posting)) for posting in postings if posting.amount]
    there = {(row.kind, row.seq): row for row in Transfer.objects.filter(ref=ref, kind__in={t.kind for t in wanted})}
    missing = [row for row in wanted if (row.kind, row.seq) not in there]
    Transfer.objects.bulk_create(missing, ignore_conflicts=True)
    for row in wanted:
        _must_equal(there.get((row.kind, row.seq)) or Transfer.objects.get(ref=ref, kind=row.kind, seq=row.seq), row)
    return len(missing)


def _columns(posting: Posting) -> dict[str, object]:
    return {name: getattr(posting, name) for name in Posting.__slots__}


def prepaid_for(*, ref: UUID, payer_id: int) -> int:
    """Fen of the payer's prepay that belong to this reference and are neither held nor on their way back."""
    prepay = of_user(AccountKind.PREPAY, payer_id)
    moved = Transfer.objects.filter(ref=ref)
    into = moved.filter(credit=prepay).aggregate(total=Sum("amount"))["total"] or 0
    out = moved.filter(debit=prepay).aggregate(total=Sum("amount"))["total"] or 0
    return into - out


def hold(*, ref: UUID, payer_id: int, amount: int, seq: int) -> bool:
    """Sets more prepaid money aside for an order that goes on. `seq` is the number of the payment on top, by which
    `refund_unused` knows the payments that came too late."""
    prepay = of_user(AccountKind.PREPAY, payer_id)
    order = accounts_of_order(ref=ref)
    return bool(post(ref, Posting(TransferKind.HOLD, prepay, order.hold, amount, seq)))


def post_minutes(*, ref: UUID, first: int, upto: int, amount: int) -> bool:
    """Earns the price of minutes [first, upto) of the order. The meter posts most of them in its own statement."""
    order = accounts_of_order(ref=ref)
    return bool(post(ref, Posting(TransferKind.MINUTE, order.hold, order.earned, amount, first, upto)))


def compensate(*, ref: UUID, amount: int) -> bool:
    """Earns a part of what is held for an order that did not come about. `release` shares it like served time."""
    order = accounts_of_order(ref=ref)
    return bool(post(ref, Posting(TransferKind.COMPENSATION, order.hold, order.earned, amount)))


def order_book(*, ref: UUID) -> list[Transfer]:
    """Every movement of one reference, oldest first, with its accounts."""
    return list(Transfer.objects.filter(ref=ref).select_related("debit", "credit").order_by("id"))


def _must_equal(before: Transfer, now: Transfer) -> None:
    for field in ("debit_id", "credit_id", "amount", "upto"):
        if getattr(before, field) != getattr(now, field):
            raise LedgerMismatch(f"{before} differs in {field}: {getattr(before, field)} / {getattr(now, field)}")
