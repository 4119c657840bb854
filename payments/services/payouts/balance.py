"""What a companion sees of her money: how much is where, and what became of each reference."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from accounts.models import User
from payments.models import AccountKind, Earning, Payment, Payout, PayoutAccount
from payments.services.ledger import find_account
from payments.services.payouts.earnings import coming_back, held_refs, unreleased

IN_ORDER = ("held", "stopped", "pending", "no_account", "due", "sending", "kept", "sent")


@dataclass(frozen=True, slots=True)
class Balance:
    """Fen of a companion. `pending` is not due yet, `ready` is due and not sent, `sending` is on its way to her
    account, `sent` is there; `owed` is what a lost dispute took and her next earnings make good. `next_at` is when the
    next of `pending` is due."""

    pending: int
    ready: int
    sending: int
    sent: int
    owed: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """One earning as it stands: `state` is one of IN_ORDER, `at` the moment that belongs to it."""

    ref: UUID
    what: str
    amount: int
    kept: int
    state: str
    at: datetime


def balance_of(*, user: User) -> Balance:
    """Where her money is; a handful of queries however much there is."""
    now, waiting = timezone.now(), unreleased(user.pk)
    not_yet = waiting.filter(due_at__gt=now)
    gone = Payout.objects.filter(earning__companion=user)
    pending = _left_of(not_yet)
    payable = find_account(AccountKind.PAYABLE, user.pk)
    return Balance(
        pending=pending,
        ready=_left_of(waiting) - pending,
        sending=_fen(gone.filter(status=Payout.Status.REQUESTED), F("amount")),
        sent=_fen(gone.filter(status=Payout.Status.SENT), F("amount") - F("reversed")),
        owed=max(0, _left_of(waiting) - (payable.balance if payable else 0) - coming_back(user.pk)),
        next_at=not_yet.aggregate(at=Min("due_at"))["at"],
    )


class ToldEarning(Protocol):
    """An earning with what `earnings_of` adds."""

    ref: UUID
    amount: int
    kept: int
    due_at: datetime
    released_at: datetime | None
    stopped: str
    what: str | None
    on_the_way: int
    sent_at: datetime | None


def earnings_of(*, user: User) -> Any:
    """A queryset of hers, newest first, with what `rows_of` wants to know of each."""
    open_ones = Count("payouts", filter=Q(payouts__status=Payout.Status.REQUESTED))
    first = Payment.objects.of(OuterRef("ref")).filter(status=Payment.Status.SUCCEEDED)
    return (
        Earning.objects.filter(companion=user)
        .annotate(what=Subquery(first.values("description")[:1]), on_the_way=open_ones)
        .annotate(sent_at=Max("payouts__changed_at", filter=Q(payouts__status=Payout.Status.SENT)))
        .order_by("-settled_at", "-ref")
    )


def rows_of(*, earnings: Sequence[ToldEarning], account: PayoutAccount | None) -> list[Row]:
    """What is told of these, in their order."""
    held = held_refs([one.ref for one in earnings if one.released_at is None])
    return [_row(one, account, is_held=one.ref in held) for one in earnings]


def _row(one: ToldEarning, account: PayoutAccount | None, *, is_held: bool) -> Row:
    state = _state(one, account, is_held=is_held)
    moments = {"sent": one.sent_at, "sending": one.released_at, "kept": one.released_at}
    return Row(one.ref, one.what or "", one.amount, one.kept, state, moments.get(state) or one.due_at)


def _state(one: ToldEarning, account: PayoutAccount | None, *, is_held: bool) -> str:
    if one.released_at is not None:
        return _where(one)
    if is_held:
        return "held"
    if one.stopped:
        return "stopped"
    if one.due_at > timezone.now():
        return "pending"
    return "due" if account is not None and account.can_receive else "no_account"


def _where(one: ToldEarning) -> str:
    if one.on_the_way:
        return "sending"
    return "sent" if one.sent_at else "kept"


def _left_of(earnings: QuerySet[Earning]) -> int:
    gone = Payout.objects.filter(earning__in=earnings).exclude(status=Payout.Status.FAILED)
    return _fen(earnings, F("amount") - F("kept")) - _fen(gone, F("amount"))


def _fen(rows: QuerySet, what: object) -> int:
    return rows.aggregate(fen=Sum(what))["fen"] or 0
