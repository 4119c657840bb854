"""What a companion sees of her money: how much is where, and what became of each reference."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum
from django.utils import timezone

from accounts.models import User
from payments.models import Earning, Payout, PayoutAccount
from payments.services.naming import Named, named
from payments.services.payouts.earnings import debt_of, held_refs, left_of, unreleased
from payments.services.payouts.losses import Lost, lost

IN_ORDER = ("held", "stopped", "pending", "no_account", "due", "sending", "kept", "outside", "sent")


@dataclass(frozen=True, slots=True)
class Balance:
    """Fen of a companion. What is `here` with us is either `pending`, not due yet; or `ready`, due and not sent; or
    `held` while somebody looks at what happened; or `stopped`, because it could not be sent. `sending` is on its way to
    her account, `sent` is there; `owed` is what a lost dispute took and her next earnings make good. `next_at` is when
    the next of `pending` is due."""

    pending: int
    ready: int
    held: int
    stopped: int
    sending: int
    sent: int
    owed: int
    next_at: datetime | None

    @property
    def here(self) -> int:
        return self.pending + self.ready + self.held + self.stopped


@dataclass(frozen=True, slots=True)
class Row:
    """One earning as it stands: `state` is one of IN_ORDER, `at` the moment that belongs to it. `back` fen were fetched
    back from her account."""

    order: Named
    amount: int
    kept: int
    back: int
    losses: list[Lost]
    state: str
    at: datetime

    @property
    def left(self) -> int:
        """Fen of it that are or become hers."""
        return self.amount - self.kept - self.back


def balance_of(*, user: User) -> Balance:
    """Where her money is; a handful of queries however much there is."""
    waiting, gone = unreleased(user.pk), Payout.objects.filter(earning__companion=user)
    held = Q(ref__in=held_refs(list(waiting.values_list("ref", flat=True))))
    free = waiting.filter(~held, stopped="")
    not_yet = free.filter(due_at__gt=timezone.now())
    pending = left_of(not_yet)
    return Balance(
        pending=pending,
        ready=left_of(free) - pending,
        held=left_of(waiting.filter(held)),
        stopped=left_of(waiting.filter(~held).exclude(stopped="")),
        sending=_fen(gone.filter(status=Payout.Status.REQUESTED), F("amount")),
        sent=_fen(gone.filter(status=Payout.Status.SENT), F("amount") - F("reversed")),
        owed=max(0, debt_of(user.pk)),
        next_at=not_yet.filter(amount__gt=F("kept")).aggregate(at=Min("due_at"))["at"],
    )


class ToldEarning(Protocol):
    """An earning with what `earnings_of` adds."""

    ref: UUID
    amount: int
    kept: int
    due_at: datetime
    released_at: datetime | None
    stopped: str
    back: int | None
    on_the_way: int
    outside: int
    sent_at: datetime | None


def earnings_of(*, user: User) -> Any:
    """A queryset of hers, newest first, with what `rows_of` wants to know of each."""
    open_ones = Count("payouts", filter=Q(payouts__status=Payout.Status.REQUESTED))
    return (
        Earning.objects.filter(companion=user)
        .annotate(back=Sum("payouts__reversed"), on_the_way=open_ones, outside=Count("payouts__outside"))
        .annotate(sent_at=Max("payouts__changed_at", filter=Q(payouts__status=Payout.Status.SENT)))
        .order_by("-settled_at", "-ref")
    )


def rows_of(*, earnings: Sequence[ToldEarning], account: PayoutAccount | None) -> list[Row]:
    """What is told of these, in their order."""
    refs = [one.ref for one in earnings]
    held, losses, orders = held_refs([one.ref for one in earnings if one.released_at is None]), lost(refs), named(refs)
    return [
        Row(orders[one.ref], one.amount, one.kept, one.back or 0, losses[one.ref], state, _moment(one, state))
        for one in earnings
        for state in [_state(one, account, is_held=one.ref in held)]
    ]


def _moment(one: ToldEarning, state: str) -> datetime:
    moments = {"sent": one.sent_at, "outside": one.sent_at, "sending": one.released_at, "kept": one.released_at}
    return moments.get(state) or one.due_at


def _state(one: ToldEarning, account: PayoutAccount | None, *, is_held: bool) -> str:
    if one.released_at is not None:
        return _where(one)
    if is_held:
        return "held"
    if one.kept == one.amount:
        return "kept"
    if one.stopped:
        return "stopped"
    if account is None or not account.can_receive:
        return "no_account"
    return "pending" if one.due_at > timezone.now() else "due"


def _where(one: ToldEarning) -> str:
    if one.on_the_way:
        return "sending"
    if one.outside:
        return "outside"
    return "sent" if one.sent_at else "kept"


def _fen(rows: QuerySet, what: object) -> int:
    return rows.aggregate(fen=Sum(what))["fen"] or 0
