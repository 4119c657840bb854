"""What was held for an order, and to whom what of it is unused goes back: several may have paid for one order."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from common.money import divided, share_of
from payments.errors import LedgerMismatch
from payments.models import Account, AccountKind, Payment, Transfer, TransferKind
from payments.services.ledger import Posting, accounts_of_order, of_user, post
from payments.services.payouts.earnings import note_earning


def hold_paid(*, ref: UUID, numbers: Collection[int], amount: int) -> None:
    """Sets aside what was paid for an order before it was accepted, by payments with these numbers. Twice is once.

    Raises LedgerMismatch unless that is `amount` fen. The caller holds the order's lock.
    """
    came = Payment.objects.of(ref).filter(status=Payment.Status.SUCCEEDED, refunded=0, seq__in=numbers)
    order = accounts_of_order(ref=ref)
    paid = [
        Posting(TransferKind.HOLD, of_user(AccountKind.PREPAY, one.payer_id), order.hold, one.amount, _before(one))
        for one in came
    ]
    if sum(posting.amount for posting in paid) != amount:
        raise LedgerMismatch(f"{ref} costs {amount} fen, {[posting.amount for posting in paid]} were paid")
    post(ref, *paid)


def held_numbers(payment: Payment) -> tuple[int, int]:
    """Under which numbers this payment is held: on top of a running order its own, else none above 0."""
    return payment.seq, _before(payment)


def backs(*, ref: UUID, unused: int) -> dict[Account, int]:
    """`unused` fen of what is held divided over the prepay accounts it came from; they add up to it exactly.

    What came on top goes back first, the newest before the others, to who paid it. Of the price that was agreed on at
    first each gets the part of it that he paid.
    """
    held = list(Transfer.objects.filter(ref=ref, kind=TransferKind.HOLD).select_related("debit").order_by("-seq"))
    back: dict[Account, int] = {}
    for row in held:
        if row.seq > 0:
            part = min(unused, row.amount)
            back[row.debit] = back.get(row.debit, 0) + part
            unused -= part
    first = [row for row in held if row.seq <= 0]
    for row, part in zip(first, divided(unused, [row.amount for row in first]), strict=True):
        back[row.debit] = back.get(row.debit, 0) + part
    return back


@dataclass(frozen=True, slots=True)
class Release:
    """How an order ended, in fen: what its companion and the platform get, and what went back to prepay."""

    companion: int
    fee: int
    unused: int


def release(*, ref: UUID, companion_id: int) -> Release:
    """Ends an order: earned money becomes the companion's and the platform's, held money goes back to who paid it.

    The platform's share is computed here, once, from PLATFORM_FEE_BASIS_POINTS. The caller holds the order's lock.
    """
    order = accounts_of_order(ref=ref)
    earned, unused = order.earned.balance, order.hold.balance
    fee = share_of(earned, basis_points=settings.PLATFORM_FEE_BASIS_POINTS)
    payable = of_user(AccountKind.PAYABLE, companion_id)
    platform = of_user(AccountKind.PLATFORM_FEE, companion_id)
    post(
        ref,
        Posting(TransferKind.SETTLE_COMPANION, order.earned, payable, earned - fee),
        Posting(TransferKind.SETTLE_FEE, order.earned, platform, fee),
        *(
            Posting(TransferKind.RELEASE, order.hold, prepay, part, number)
            for number, (prepay, part) in enumerate(backs(ref=ref, unused=unused).items())
        ),
    )
    note_earning(ref=ref, companion_id=companion_id, amount=earned - fee)
    return Release(earned - fee, fee, unused)


def pass_on(*, ref: UUID, payer_id: int, companion_id: int, amount: int) -> bool:
    """Prepaid money becomes the companion's as a whole: she laid it out, so the platform has no share of it.

    The caller holds the locks of `lock_passing`.
    """
    prepay, payable = of_user(AccountKind.PREPAY, payer_id), of_user(AccountKind.PAYABLE, companion_id)
    note_earning(ref=ref, companion_id=companion_id, amount=amount)
    return bool(post(ref, Posting(TransferKind.EXTRA, prepay, payable, amount)))


def back_to(*, ref: UUID, payer_id: int, unused: int) -> int:
    """Fen of `unused` that are this user's, once the order is released."""
    return sum(part for prepay, part in backs(ref=ref, unused=unused).items() if prepay.owner == f"user:{payer_id}")


def _before(payment: Payment) -> int:
    return 1 - payment.seq
