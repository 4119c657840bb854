"""All that is known of the money of one reference, in one place."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.db.models.fields.json import KT

from payments import signals
from payments.models import (
    Account,
    AccountKind,
    BookEntry,
    ByHand,
    Dispute,
    Earning,
    FinanceTask,
    Outside,
    Payment,
    Payout,
    Refund,
    Reversal,
    StripeEvent,
    Transfer,
    TransferKind,
)
from payments.services.ledger import order_book
from payments.services.naming import number_of
from payments.services.reconciling.comparing import compared_until
from payments.services.reconciling.runs import NEVER

MOST_EVENTS = 200
COUNTED = frozenset(
    {
        *(TransferKind.PAYMENT, TransferKind.STRIPE_FEE),
        *(TransferKind.REFUND, TransferKind.REFUND_SUCCEEDED, TransferKind.REFUND_FAILED),
        *(TransferKind.PAYOUT, TransferKind.PAYOUT_SENT, TransferKind.PAYOUT_FAILED),
    }
)
# By which ids at the provider a reference is found.
BY_ID: tuple[tuple[Any, str, str], ...] = (
    (Payment, "session_id", "ref"),
    (Payment, "payment_intent_id", "ref"),
    (Payment, "charge_id", "ref"),
    (Refund, "stripe_id", "ref"),
    (Payout, "stripe_id", "earning_id"),
    (Reversal, "stripe_id", "payout__earning_id"),
    (Dispute, "stripe_id", "ref"),
    (ByHand, "source", "ref"),
    (Outside, "number", "ref"),
    (BookEntry, "id", "ref"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One movement, and fen on its two accounts after it as far as this reference moved them."""

    transfer: Transfer
    debit_after: int
    credit_after: int

    @property
    def is_counted(self) -> bool:
        """Its number is the one that the payment, refund or payout has in its list."""
        return self.transfer.kind in COUNTED


@dataclass(frozen=True, slots=True)
class Story:
    """`here` and `there`: fen of it that the provider holds, by our books and by its lines. `lying` is what is on which
    account now. `number` is what people know it by. `is_compared`: a run has seen all of it on both sides; before
    that a difference says nothing."""

    ref: UUID
    number: str
    payments: list[Payment]
    lines: list[Line]
    lying: list[tuple[Account, int]]
    refunds: list[Refund]
    earning: Earning | None
    payouts: list[Payout]
    reversals: list[Reversal]
    disputes: list[Dispute]
    by_hand: list[ByHand]
    outside: list[Outside]
    events: list[StripeEvent]
    entries: list[BookEntry]
    tasks: list[FinanceTask]
    here: int
    there: int
    is_compared: bool

    @property
    def adds_up(self) -> bool:
        return self.here == self.there

    @property
    def is_open(self) -> bool:
        """Whether it adds up cannot be said before its lines have been read."""
        return not self.is_compared and not (self.adds_up and self.entries)

    @property
    def is_empty(self) -> bool:
        return not (self.payments or self.lines or self.entries)


def find_ref(text: str) -> UUID | None:
    """By the reference, the number people know it by, or an id at the provider; None for what is none of these."""
    wanted = text.strip()
    try:
        return UUID(wanted)
    except ValueError:
        return _by_number(wanted) or _by_id(wanted)


def story_of(*, ref: UUID) -> Story:
    """Read at this moment; some sixteen queries however much there is."""
    payments = list(Payment.objects.of(ref).select_related("payer", "card"))
    refunds = list(Refund.objects.with_arrivals().filter(ref=ref).select_related("payment").order_by("seq"))
    payouts = list(Payout.objects.filter(earning=ref).select_related("payment").order_by("seq"))
    reversals = list(Reversal.objects.filter(payout__earning=ref).select_related("payout", "dispute").order_by("pk"))
    disputes = list(Dispute.objects.filter(ref=ref).select_related("payment").order_by("seq"))
    charges = [one.charge_id for one in payments]
    by_hand = list(ByHand.objects.filter(ref=ref).select_related("by", "refund").order_by("seq"))
    sources = {one.source for one in by_hand}
    ids: set[Any] = {*charges, *_ids(refunds), *_ids(payouts), *_ids(reversals), *_ids(disputes), *sources} - {None}
    attempts = {one.session_id for one in payments} | {one.payment_intent_id for one in payments}
    book = order_book(ref=ref)
    lines, lying = _lines(book), _lying(book)
    entries = _entries(ref, ids)
    leaving = sum(one.amount for one in refunds if one.status == Refund.Status.PENDING)
    return Story(
        ref,
        number_of(ref),
        payments,
        lines,
        lying,
        refunds,
        Earning.objects.filter(ref=ref).select_related("companion").first(),
        payouts,
        reversals,
        disputes,
        by_hand,
        list(Outside.objects.filter(ref=ref).select_related("by", "whose").order_by("seq")),
        _events(ref, ids | attempts - {None}),
        entries,
        list(FinanceTask.objects.filter(ref=ref).order_by("opened_at")),
        here=sum(fen for account, fen in lying if account.kind == AccountKind.STRIPE_CLEARING) - leaving,
        there=sum(entry.net for entry in entries),
        is_compared=_moved_last(lines, refunds, entries) < compared_until(),
    )


def _moved_last(lines: list[Line], refunds: list[Refund], entries: list[BookEntry]) -> datetime:
    """When it last moved, in our books or the provider's."""
    ours = [*(line.transfer.at for line in lines), *(refund.changed_at for refund in refunds)]
    return max([*ours, *(entry.created_at for entry in entries)], default=NEVER)


def _ids(rows: Iterable[Any]) -> Iterator[str | None]:
    return (row.stripe_id for row in rows)


def _by_number(text: str) -> UUID | None:
    answers: list[tuple[Any, Any]] = signals.reference_asked.send(Payment, text=text)
    return next((ref for _, ref in answers if ref), None)


def _by_id(text: str) -> UUID | None:
    found = (model.objects.filter(**{name: text}).values_list(ref, flat=True).first() for model, name, ref in BY_ID)
    return next((ref for ref in found if ref), None)


def _lines(book: list[Transfer]) -> list[Line]:
    return [Line(row, after[row.debit_id], after[row.credit_id]) for row, after in _running(book)]


def _running(book: list[Transfer]) -> Iterator[tuple[Transfer, dict[int, int]]]:
    after: dict[int, int] = defaultdict(int)
    for row in book:
        after[row.debit_id] += -row.amount if row.debit.credit_normal else row.amount
        after[row.credit_id] += row.amount if row.credit.credit_normal else -row.amount
        yield row, after


def _lying(book: list[Transfer]) -> list[tuple[Account, int]]:
    accounts = {account.pk: account for row in book for account in (row.debit, row.credit)}
    last: dict[int, int] = {}
    for _, after in _running(book):
        last = after
    return [(accounts[pk], last[pk]) for pk in sorted(accounts) if last[pk]]


def _entries(ref: UUID, ids: set[Any]) -> list[BookEntry]:
    mine = Q(ref=ref) | Q(source__in=ids) | Q(about__in=ids)
    return list(BookEntry.objects.filter(mine, ours=True).order_by("created_at", "id"))


def _events(ref: UUID, ids: set[Any]) -> list[StripeEvent]:
    told = StripeEvent.objects.annotate(
        of=KT("payload__data__object__id"), mark=KT("payload__data__object__metadata__ref")
    )
    mine = told.filter(Q(of__in=ids) | Q(mark=str(ref)))
    return sorted(mine.order_by("received_at", "id")[:MOST_EVENTS], key=lambda event: (event.happened_at, event.pk))
