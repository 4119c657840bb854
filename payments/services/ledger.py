"""Postings. Each is a no-op the second time: the key (ref, kind, seq) is unique in the database."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import Sum

from accounts.models import User
from common.money import share_of
from payments.errors import LedgerMismatch
from payments.models import Account, AccountKind, Transfer, TransferKind

DEBIT_NORMAL = {AccountKind.STRIPE_CLEARING, AccountKind.STRIPE_FEES}
# Stripe keeps its fee when a payment is refunded, so what it holds for us may fall below zero.
MAY_OVERDRAW = {AccountKind.STRIPE_CLEARING}


@dataclass(frozen=True, slots=True)
class OrderAccounts:
    """The two accounts of one order: what is held for it and what of that has been earned."""

    hold: Account
    earned: Account


@dataclass(frozen=True, slots=True)
class Release:
    """How an order ended, in fen: what its companion and the platform get, and what went back to prepay."""

    companion: int
    fee: int
    unused: int


def account(kind: AccountKind, owner: str = "") -> Account:
    """The account, opened when it is first needed."""
    values = {"credit_normal": kind not in DEBIT_NORMAL, "may_overdraw": kind in MAY_OVERDRAW}
    return Account.objects.get_or_create(kind=kind, owner=owner, defaults=values)[0]


def of_user(kind: AccountKind, user_id: int) -> Account:
    return account(kind, f"user:{user_id}")


def accounts_of_order(*, ref: UUID) -> OrderAccounts:
    return OrderAccounts(account(AccountKind.HOLD, str(ref)), account(AccountKind.EARNED, str(ref)))


def post(
    kind: TransferKind,
    *,
    ref: UUID,
    debit: Account,
    credit: Account,
    amount: int,
    seq: int = 0,
    upto: int | None = None,
) -> bool:
    """Moves `amount` fen; False when this very transfer is in the books already, or when there is nothing to move.

    Raises LedgerMismatch when the key is taken by a different transfer.
    """
    if amount == 0:
        return False
    row = Transfer(kind=kind, ref=ref, seq=seq, upto=upto, debit=debit, credit=credit, amount=amount)
    before = Transfer.objects.filter(kind=kind, ref=ref, seq=seq).first()
    if before is None:
        Transfer.objects.bulk_create([row], ignore_conflicts=True)
        before = Transfer.objects.get(kind=kind, ref=ref, seq=seq)
        _must_equal(before, row)
        return True
    _must_equal(before, row)
    return False


def prepaid_for(*, ref: UUID, payer_id: int) -> int:
    """Fen of the payer's prepay that belong to this reference and are neither held nor on their way back."""
    prepay = of_user(AccountKind.PREPAY, payer_id)
    moved = Transfer.objects.filter(ref=ref)
    into = moved.filter(credit=prepay).aggregate(total=Sum("amount"))["total"] or 0
    out = moved.filter(debit=prepay).aggregate(total=Sum("amount"))["total"] or 0
    return into - out


def hold(*, ref: UUID, payer_id: int, amount: int, seq: int = 0) -> bool:
    """Sets prepaid money aside for the order. `seq` counts the holds of one order: acceptance, then top-ups."""
    prepay = of_user(AccountKind.PREPAY, payer_id)
    order = accounts_of_order(ref=ref)
    return post(TransferKind.HOLD, ref=ref, seq=seq, debit=prepay, credit=order.hold, amount=amount)


def post_minutes(*, ref: UUID, first: int, upto: int, amount: int) -> bool:
    """Earns the price of minutes [first, upto) of the order. The meter posts most of them in its own statement."""
    order = accounts_of_order(ref=ref)
    return post(
        TransferKind.MINUTE, ref=ref, seq=first, upto=upto, debit=order.hold, credit=order.earned, amount=amount
    )


def release(*, ref: UUID, payer_id: int, companion_id: int) -> Release:
    """Ends an order: earned money becomes the companion's and the platform's, held money goes back to prepay.

    The platform's share is computed here, once, from PLATFORM_FEE_BASIS_POINTS. The caller holds the order's lock.
    """
    order = accounts_of_order(ref=ref)
    earned, unused = order.earned.balance, order.hold.balance
    fee = share_of(earned, basis_points=settings.PLATFORM_FEE_BASIS_POINTS)
    payable = of_user(AccountKind.PAYABLE, companion_id)
    prepay = of_user(AccountKind.PREPAY, payer_id)
    platform = account(AccountKind.PLATFORM_FEE)
    post(TransferKind.SETTLE_COMPANION, ref=ref, debit=order.earned, credit=payable, amount=earned - fee)
    post(TransferKind.SETTLE_FEE, ref=ref, debit=order.earned, credit=platform, amount=fee)
    post(TransferKind.RELEASE, ref=ref, debit=order.hold, credit=prepay, amount=unused)
    return Release(earned - fee, fee, unused)


def income_of(*, user: User) -> int:
    """Fen the companion has earned, after the platform's share, over all time."""
    payable = of_user(AccountKind.PAYABLE, user.pk)
    return payable.credits


def order_book(*, ref: UUID) -> list[Transfer]:
    """Every movement of one reference, oldest first, with its accounts."""
    return list(Transfer.objects.filter(ref=ref).select_related("debit", "credit").order_by("id"))


def _must_equal(before: Transfer, now: Transfer) -> None:
    for field in ("debit_id", "credit_id", "amount", "upto"):
        if getattr(before, field) != getattr(now, field):
            raise LedgerMismatch(f"{before} differs in {field}: {getattr(before, field)} / {getattr(now, field)}")
