"""The statement: every movement of a companion's account with us, as a table that adds up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from payments.models import AccountKind, Transfer, TransferKind
from payments.services.ledger import find_account
from payments.services.naming import Named, named

BATCH = 500

WORDS: dict[str, Promise] = {
    TransferKind.SETTLE_COMPANION: _("Earned, after the platform's share"),
    TransferKind.EXTRA: _("Laid out for a client"),
    TransferKind.PAYOUT: _("Paid out"),
    TransferKind.PAYOUT_FAILED: _("Payout that did not go through"),
    TransferKind.PAYOUT_REVERSED: _("Payout that was fetched back"),
    TransferKind.LOST_COMPANION: _("Payment that the client's bank took back"),
    TransferKind.DEBT_PAID: _("Paid back by you"),
    TransferKind.DEBT_LET_GO: _("Let go by us: you need not make it good"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One movement: `amount` fen, negative when it left, and `balance` fen after it. `words` say why,
    `order` for what."""

    at: datetime
    words: Promise
    order: Named
    amount: int
    balance: int


def statement_of(*, user: User, since: datetime | None = None, until: datetime | None = None) -> Iterator[Line]:
    """Her lines, oldest first, of the half-open stretch; the balance counts from the very first."""
    account, balance = find_account(AccountKind.PAYABLE, user.pk), 0
    if account is None:
        return
    rows = Transfer.objects.filter(Q(credit=account) | Q(debit=account)).order_by("at", "id").iterator()
    while batch := list(islice(rows, BATCH)):
        orders = named({row.ref for row in batch})
        for row in batch:
            amount = row.amount if row.credit_id == account.pk else -row.amount
            balance += amount
            if (since is None or row.at >= since) and (until is None or row.at < until):
                yield Line(row.at, WORDS[row.kind], orders[row.ref], amount, balance)
