"""Who moves an order's money locks the order, then its payments, then the accounts."""

from uuid import UUID

from django.db.models import Q

from payments.models import Account, AccountKind, Payment
from payments.services.ledger import OF_A_COMPANION, OF_A_PAYER


def lock_payments(*, ref: UUID) -> None:
    """Locks all payments of the order until the transaction ends. Whoever moves its money does this before he locks
    any account, and after the order: a refund that fails wants the same rows."""
    list(Payment.objects.select_for_update().filter(ref=ref).order_by("seq").values_list("pk"))


def lock_order(*, ref: UUID, payer_id: int, companion_id: int | None) -> None:
    """Locks all that ending an order may move, until the transaction ends: its payments, then the accounts. With
    `companion_id` (something may be hers) also hers.

    It comes before what others wait for, such as time that is given back: money that comes holds the payer's account
    and may wait for that time.
    """
    keys = Q(kind__in=OF_A_PAYER, owner=f"user:{payer_id}")
    if companion_id is not None:
        keys |= Q(kind__in=(AccountKind.HOLD, AccountKind.EARNED), owner=str(ref))
        keys |= Q(kind__in=OF_A_COMPANION, owner=f"user:{companion_id}")
    lock_payments(ref=ref)
    # In the order of the posting trigger, and all at once: the trigger never takes a lower one afterwards.
    list(Account.objects.select_for_update(no_key=True).filter(keys).order_by("pk"))
