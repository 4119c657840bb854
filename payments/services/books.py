"""Proof of the books: every sum recomputed from the transfers and held against what is stored and what Stripe says."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import CharField, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from payments import signals
from payments.models import Account, AccountKind, Payment, Payout, Refund, Transfer, TransferKind
from payments.services.entries import held_for_us, import_entries
from payments.services.events import captures_waiting
from payments.services.outgoing import LONG, check_outgoing


def check_books(*, with_stripe: bool = True) -> list[str]:
    """One line for each difference found; an empty list means the books balance.

    The apps above add their own lines through `signals.books_checked`.
    """
    theirs = clearing_balance() if with_stripe else None
    with one_moment():
        problems = [*_balances(), *_compensations(), *_payments(), *_unwritten(), *_refunds(), *check_outgoing()]
        for _, found in signals.books_checked.send(None):
            problems += found or []
        return problems + ([] if theirs is None else _stripe(theirs))


def clearing_balance() -> int:
    """Fen that Stripe says it holds for us, or has paid out to us: the net of the lines of its book that are ours."""
    import_entries()
    return held_for_us()


@contextmanager
def one_moment() -> Iterator[None]:
    """All queries see the same moment, whatever is posted meanwhile. A caller's own transaction stays as it is."""
    begun = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if not begun:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _balances() -> list[str]:
    debited, credited = _moved("debit"), _moved("credit")
    problems = [
        f"account {a} says {a.debits}/{a.credits}, its transfers {debited.get(a.pk, 0)}/{credited.get(a.pk, 0)}"
        for a in Account.objects.iterator()
        if (a.debits, a.credits) != (debited.get(a.pk, 0), credited.get(a.pk, 0))
    ]
    sums = Account.objects.aggregate(debits=Coalesce(Sum("debits"), 0), credits=Coalesce(Sum("credits"), 0))
    if sums["debits"] != sums["credits"]:
        problems.append(f"debits {sums['debits']} differ from credits {sums['credits']}")
    return problems


def _compensations() -> list[str]:
    """Each goes from what is held for its order to what that order has earned, and nowhere else."""
    rows = Transfer.objects.filter(kind=TransferKind.COMPENSATION).alias(order=Cast("ref", CharField()))
    held = Q(debit__kind=AccountKind.HOLD, debit__owner=F("order"))
    earned = Q(credit__kind=AccountKind.EARNED, credit__owner=F("order"))
    return [f"{row} does not stay within its order" for row in rows.exclude(held & earned)]


def _moved(side: str) -> dict[int, int]:
    """The sum of all transfers by the account on that side."""
    return dict(Transfer.objects.order_by().values_list(side).annotate(Sum("amount")))


def _payments() -> list[str]:
    posted = Transfer.objects.filter(kind=TransferKind.PAYMENT, ref=OuterRef("ref"), seq=OuterRef("seq"))
    payments = Payment.objects.annotate(posted=Coalesce(Subquery(posted.values("amount")), 0))
    back = Refund.objects.filter(payment=OuterRef("pk")).exclude(status="failed").order_by().values("payment")
    payments = payments.annotate(back=Coalesce(Subquery(back.annotate(sum=Sum("amount")).values("sum")), 0))
    return [
        f"{p}: {p.status}, amount {p.amount}, posted {p.posted}, refunded {p.refunded}, refunds {p.back}"
        for p in payments.iterator()
        if p.posted != (p.amount if p.status == "succeeded" else 0) or p.refunded != p.back
    ]


def _unwritten() -> Iterator[str]:
    """Money that Stripe has, or may have, and that could not be written down."""
    before = timezone.now() - LONG
    told = {payment.pk: (payment, event) for payment, event in captures_waiting(before=before)}
    for payment, event in told.values():
        yield f"{payment}: {payment.status}, amount {payment.amount}, {event} says it was paid and fails: {event.error}"
    over = Payment.objects.payable().filter(expires_s__lt=before.timestamp(), created_at__lt=before)
    for payment in over.exclude(pk__in=told):
        yield f"{payment}: open, amount {payment.amount}, its session or charge is over and nobody knows if it was paid"


def _refunds() -> list[str]:
    posted = Transfer.objects.filter(ref=OuterRef("ref"), seq=OuterRef("seq"))
    asked = Subquery(posted.filter(kind=TransferKind.REFUND).values("amount"))
    gone = Subquery(posted.filter(kind=TransferKind.REFUND_SUCCEEDED).values("amount"))
    back = Subquery(posted.filter(kind=TransferKind.REFUND_FAILED).values("amount"))
    refunds = Refund.objects.annotate(asked=asked, gone=gone, back=back)
    return [
        f"{r}: {r.status}, amount {r.amount}, posted {r.asked}/{r.gone}/{r.back}"
        for r in refunds.iterator()
        if r.asked != r.amount
        or (r.status == "succeeded" and r.gone != r.amount)
        or (r.status in ("requested", "pending") and r.gone)
        or bool(r.back) != (r.status == "failed")
    ]


def _stripe(theirs: int) -> list[str]:
    there = Account.objects.filter(kind=AccountKind.STRIPE_CLEARING)
    clearing = there.aggregate(sum=Coalesce(Sum(F("debits") - F("credits")), 0))["sum"]
    # Stripe takes a refund from its balance when it makes it, the ledger when the money has arrived.
    leaving = Refund.objects.filter(status=Refund.Status.PENDING).aggregate(sum=Coalesce(Sum("amount"), 0))["sum"]
    ours = clearing - leaving
    if ours == theirs:
        return []
    # Stripe may have made a transfer that nobody has heard of yet: the ledger posts it with the answer.
    unanswered = Payout.objects.filter(status=Payout.Status.REQUESTED, asked_at__isnull=False)
    unsure = unanswered.aggregate(sum=Coalesce(Sum("amount"), 0))["sum"]
    told = f", {unsure} fen of payouts were asked for and not answered" if unsure else ""
    return [f"stripe_clearing is {ours}, Stripe's balance transactions sum to {theirs}{told}"]
