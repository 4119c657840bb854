"""The statement: every movement of a companion's account with us, as a table that adds up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from payments.models import AccountKind, Payment, Transfer, TransferKind
from payments.services.ledger import find_account

WORDS: dict[str, Promise] = {
    TransferKind.SETTLE_COMPANION: _("Earned, after the platform's share"),
    TransferKind.EXTRA: _("Laid out for a client"),
    TransferKind.PAYOUT: _("Paid out"),
    TransferKind.PAYOUT_FAILED: _("Payout that did not go through"),
    TransferKind.PAYOUT_REVERSED: _("Payout that was fetched back"),
    TransferKind.LOST_COMPANION: _("Payment that the client's bank took back"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One movement: `amount` fen, negative when it left, and `balance` fen after it. `words` say why."""

    at: datetime
    words: Promise
    what: str
    ref: UUID
    amount: int
    balance: int


def statement_of(*, user: User, since: datetime | None = None, until: datetime | None = None) -> Iterator[Line]:
    """Her lines, oldest first, of the half-open stretch; the balance counts from the very first. One query."""
    account, balance = find_account(AccountKind.PAYABLE, user.pk), 0
    if account is None:
        return
    first = Payment.objects.of(OuterRef("ref")).filter(status=Payment.Status.SUCCEEDED)
    moved = Transfer.objects.filter(Q(credit=account) | Q(debit=account)).order_by("at", "id")
    for row in moved.annotate(what=Subquery(first.values("description")[:1])).iterator():
        amount = row.amount if row.credit_id == account.pk else -row.amount
        balance += amount
        if (since is None or row.at >= since) and (until is None or row.at < until):
            yield Line(row.at, WORDS[row.kind], row.what or "", row.ref, amount, balance)
