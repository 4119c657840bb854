"""Who moves an order's money locks the order, then its payments, then at once and by id all accounts that may move."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from payments.models import Account, AccountKind, Payment
from payments.services.ledger import (
    Key,
    by_hand_keys,
    dispute_keys,
    open_accounts,
    order_keys,
    outside_keys,
    payer_keys,
)


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of the order `ref`, and what it may move: the accounts of its payers, and with `companion_id` (something
    may be hers) its own and hers."""

    ref: UUID
    companion_id: int | None

    @property
    def keys(self) -> list[Key]:
        hers = [] if self.companion_id is None else order_keys(self.ref, self.companion_id)
        return [*_keys_of_payers(self.ref), *hers]


def payers_of(ref: UUID) -> list[int]:
    """The users who pay for the reference, in the order of their first payments."""
    return list(dict.fromkeys(Payment.objects.of(ref).values_list("payer", flat=True)))


def lock_payments(*refs: UUID) -> None:
    """Locks all payments of the orders until the transaction ends. Whoever moves their money does this before he locks
    any account, and after the order: a refund that fails wants the same rows."""
    list(Payment.objects.select_for_update().filter(ref__in=refs).order_by("pk").values_list("pk"))


def lock_payers(ref: UUID) -> None:
    """Opens what is missing of the accounts of those who pay for the reference and locks them all until the transaction
    ends. It comes before the first posting over any of them: a second one might want a lower account than the first has
    locked. The caller holds the order's lock, so nobody else begins to pay for it."""
    lock_accounts(_keys_of_payers(ref))


def lock_passing(*, ref: UUID, payer_id: int, companion_id: int) -> None:
    """Locks all that `pass_on` or sending back what came too late may move: the payments of `ref`, then the accounts.
    The caller holds what `ref` is."""
    lock_payments(ref)
    lock_accounts([*payer_keys(payer_id), (AccountKind.PAYABLE, f"user:{companion_id}")])


def lock_order(*, ref: UUID, companion_id: int | None) -> None:
    """Locks all that ending one order may move, as `lock_orders`."""
    lock_orders(Ending(ref, companion_id))


def lock_orders(*orders: Ending) -> None:
    """Locks all that ending these orders may move, until the transaction ends: their payments, then the accounts, of
    which it opens what is missing. The caller holds the orders' rows.

    Whoever ends several in one transaction names them together: one after the other, he would hold accounts of the
    first while he waits for lower ones of the second. It comes before what others wait for, such as time that is given
    back: money that comes holds the payer's accounts and may wait for that time.
    """
    lock_payments(*(order.ref for order in orders))
    lock_accounts({key for order in orders for key in order.keys})


def lock_disputed(order: Ending) -> None:
    """As `lock_orders`, and with it what a bank moves when one of its payers wants his money back. The caller holds the
    order's row, and ends the order in the transaction in which the dispute is booked: one lock of accounts for both."""
    lock_payments(order.ref)
    lock_accounts({*order.keys, *(key for user_id in payers_of(order.ref) for key in dispute_keys(user_id))})


def lock_by_hand(*, ref: UUID, payer_id: int) -> None:
    """Locks all that booking what was done by hand for the reference may move: of each who paid for it, for a refund
    locks them all. The caller holds the order and its payments."""
    lock_accounts({*_keys_of_payers(ref), *by_hand_keys(payer_id)})


def lock_outside(*, ref: UUID, user_id: int) -> None:
    """Locks all that booking what went past Stripe to or from this user for the reference may move. The caller holds
    the order, its payments and its earning."""
    lock_accounts(outside_keys(user_id, payers_of(ref)))


def _keys_of_payers(ref: UUID) -> list[Key]:
    return [key for user_id in payers_of(ref) for key in payer_keys(user_id)]


def lock_accounts(keys: Collection[Key]) -> None:
    """In the order of the posting trigger: whatever is posted over them afterwards waits for nobody."""
    # Whoever ordered or accepted may have known of fewer kinds: while a new version is put in place, the old one runs.
    open_accounts(*keys)
    # Without a key it is none, not all.
    wanted = Q(pk__in=[])
    for kind, owner in keys:
        wanted |= Q(kind=kind, owner=owner)
    list(Account.objects.select_for_update(no_key=True).filter(wanted).order_by("pk").values_list("pk"))
