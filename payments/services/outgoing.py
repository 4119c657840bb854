"""Proof of what leaves for companions and of what payers' banks take back: each row held against the ledger."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Exists, Manager, Model, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from payments.models import (
    Account,
    AccountKind,
    ByHand,
    Dispute,
    Earning,
    Outside,
    Payment,
    Payout,
    Refund,
    Reversal,
    Transfer,
    TransferKind,
)
from payments.services.disputes.following import ENTRIES
from payments.services.payouts.earnings import BECAME_HERS, due_earnings, held_refs

LONG = timedelta(hours=1)
"""What is tried again all the time and has not come about for so long needs somebody to look at it."""

LOSSES = (TransferKind.LOST_PREPAY, TransferKind.LOST_COMPANION, TransferKind.LOST_FEE, TransferKind.LOST_PLATFORM)
BY_HAND = (
    TransferKind.HAND_REFUND,
    TransferKind.HAND_REFUND_FAILED,
    TransferKind.HAND_PAYOUT,
    TransferKind.HAND_BACK,
)
DEBT_ENDED = (TransferKind.DEBT_PAID, TransferKind.DEBT_LET_GO)
LEAVES = ~Q(status=Payout.Status.FAILED)


def check_outgoing() -> list[str]:
    """One line for each difference; the number of queries does not depend on how much was paid out."""
    rows = [*_payouts(), *_reversals(), *_earnings(), *_disputes(), *_reserves(), *_charged_back(), *_companions()]
    return [*rows, *_by_hand(), *_outside(), *_unanswered(), *_not_released()]


def _payouts() -> Iterator[str]:
    own = Transfer.objects.filter(ref=OuterRef("earning"), seq=OuterRef("seq"))
    asked, sent, failed = (
        _one(own, kind) for kind in (TransferKind.PAYOUT, TransferKind.PAYOUT_SENT, TransferKind.PAYOUT_FAILED)
    )
    back = _sum_of(Reversal.objects.filter(LEAVES, payout=OuterRef("pk")), "payout")
    for p in Payout.objects.annotate(asked=asked, gone=sent, back=failed, fetched=back).iterator():
        wanted = (p.amount, p.amount * (p.status == "sent"), p.amount * (p.status == "failed"))
        if (p.asked, p.gone, p.back) != wanted:
            yield f"{p}: {p.status}, amount {p.amount}, posted {p.asked}/{p.gone}/{p.back}"
        if p.fetched != p.reversed:
            yield f"{p}: {p.reversed} fen are said to be fetched back, its reversals sum to {p.fetched}"
    known = Payout.objects.filter(earning=OuterRef("ref"), seq=OuterRef("seq"))
    yield from _without(Transfer.objects.filter(kind=TransferKind.PAYOUT), known)


def _reversals() -> Iterator[str]:
    own = Transfer.objects.filter(ref=OuterRef("payout__earning"), seq=OuterRef("pk"))
    rows = Reversal.objects.select_related("payout", "dispute")
    for r in rows.annotate(back=_one(own, TransferKind.PAYOUT_REVERSED)).iterator():
        if r.back != r.amount * (r.status == "done"):
            yield f"{r}: {r.status}, amount {r.amount}, posted {r.back}"


def _earnings() -> Iterator[str]:
    own = Transfer.objects.filter(ref=OuterRef("pk"), kind__in=BECAME_HERS)
    left = _sum_of(Payout.objects.filter(LEAVES, earning=OuterRef("pk")), "earning")
    for e in Earning.objects.annotate(booked=_sum_of(own, "ref"), left=left).iterator():
        if e.booked != e.amount:
            yield f"{e}: {e.amount} fen, {e.booked} became hers in the ledger"
        if e.left + e.kept > e.amount or (e.released_at and e.left + e.kept != e.amount):
            yield f"{e}: {e.amount} fen, {e.left} sent off and {e.kept} kept"
    known = Earning.objects.filter(pk=OuterRef("ref"))
    yield from _without(Transfer.objects.filter(kind__in=BECAME_HERS), known)


def _disputes() -> Iterator[str]:
    """What a bank took and did not give back is somebody's loss once that is booked, and nobody's before."""
    long_ago = timezone.now() - LONG
    for d in _with_sums().iterator():
        if d.lost != (d.taken - d.given if d.booked_at else 0):
            yield f"{d}: {d.outcome}, {d.taken} fen taken, {d.given} given back, {d.lost} booked as lost"
        if d.outcome == Dispute.Outcome.WON and d.taken != d.given and d.closed_at and d.closed_at < long_ago:
            yield f"{d}: won, {d.taken} fen taken, {d.given} given back"


def _with_sums() -> QuerySet[Any]:
    """Each with the fen that were `taken`, `given` back and booked as `lost`."""
    first = OuterRef("seq") * ENTRIES
    own = Transfer.objects.filter(ref=OuterRef("ref"))
    entries = own.filter(seq__gte=first, seq__lt=first + ENTRIES)
    return Dispute.objects.annotate(
        taken=_sum_of(entries.filter(kind=TransferKind.DISPUTE), "ref"),
        given=_sum_of(entries.filter(kind=TransferKind.DISPUTE_WON), "ref"),
        lost=_sum_of(own.filter(kind__in=LOSSES, seq=OuterRef("seq")), "ref"),
    )


def _reserves() -> Iterator[str]:
    """Set aside is what banks have taken and nobody's loss yet: a booked one leaves nothing."""
    waiting: dict[str, int] = {}
    for d in _with_sums().filter(booked_at=None).select_related("payment").iterator():
        owner = f"user:{d.payment.payer_id}"
        waiting[owner] = waiting.get(owner, 0) + d.taken - d.given
    for a in Account.objects.filter(kind=AccountKind.DISPUTE_RESERVE).iterator():
        if a.balance != waiting.get(a.owner, 0):
            yield f"{a} holds {a.balance} fen, of open disputes there are {waiting.get(a.owner, 0)}"


def _charged_back() -> Iterator[str]:
    """A payment has so much less as its disputes took; a bank may take more than was left of it."""
    losses: dict[int, int] = {}
    for d in _with_sums().filter(booked_at__isnull=False).iterator():
        losses[d.payment_id] = losses.get(d.payment_id, 0) + d.taken - d.given
    for p in Payment.objects.filter(Q(pk__in=losses) | Q(charged_back__gt=0)).iterator():
        lost = losses.get(p.pk, 0)
        if p.charged_back > lost or (p.charged_back < lost and p.left):
            yield f"{p}: {p.charged_back} fen charged back, its disputes were lost over {lost}"


def _companions() -> Iterator[str]:
    """What is hers is what she earned and has not been sent, less what she owes; no more is made good than was lost."""
    lost = _by_owner("debit", TransferKind.LOST_COMPANION)
    ended = _by_owner("credit", *DEBT_ENDED)
    earned = _by_companion(Earning.objects.all(), "companion", "amount")
    kept = _by_companion(Earning.objects.all(), "companion", "kept")
    sent = _by_companion(Payout.objects.filter(LEAVES), "earning__companion", "amount")
    asked = _by_companion(Reversal.objects.filter(LEAVES), "payout__earning__companion", "amount")
    back = _by_companion(Reversal.objects.filter(status="done"), "payout__earning__companion", "amount")
    for a in Account.objects.filter(kind=AccountKind.PAYABLE).iterator():
        hers = [sums.get(a.owner, 0) for sums in (earned, kept, sent, lost, back, asked, ended)]
        has_earned, was_kept, was_sent, was_lost, came_back, is_asked, has_ended = hers
        owed = was_lost - was_kept - came_back - has_ended
        unsent = has_earned - was_kept - was_sent
        if a.balance != unsent - owed:
            yield f"{a} holds {a.balance} fen, {unsent} were not sent and {owed} are owed"
        if was_kept + is_asked + has_ended > was_lost:
            made_good = f"{was_kept} were kept, {is_asked} fetched back and {has_ended} paid back or let go"
            yield f"{a}: {was_lost} fen were lost, {made_good}"


def _by_hand() -> Iterator[str]:
    own = Transfer.objects.filter(ref=OuterRef("ref"), seq=OuterRef("seq"), kind__in=BY_HAND)
    for done in ByHand.objects.filter(refund=None).annotate(booked=_sum_of(own, "ref")).iterator():
        if done.booked != abs(done.amount):
            yield f"{done}: {done.amount} fen, {done.booked} booked"
    known = ByHand.objects.filter(ref=OuterRef("ref"), seq=OuterRef("seq"), refund=None)
    yield from _without(Transfer.objects.filter(kind__in=BY_HAND), known)


def _outside() -> Iterator[str]:
    ended = Transfer.objects.filter(kind__in=DEBT_ENDED)
    own = ended.filter(ref=OuterRef("ref"), seq=OuterRef("seq"), kind=OuterRef("kind"))
    back, out = (_by_outside(rows) for rows in (Refund.objects, Payout.objects))
    for one in Outside.objects.annotate(ended=_sum_of(own, "ref")).iterator():
        went_back, paid_out = back.get(one.pk, 0), out.get(one.pk, 0)
        if one.ended + went_back + paid_out != one.amount:
            yield f"{one}: {went_back} went back, {paid_out} were paid out, {one.ended} booked as no longer owed"
    known = Outside.objects.filter(ref=OuterRef("ref"), seq=OuterRef("seq"), kind=OuterRef("kind"))
    yield from _without(ended, known)


def _unanswered() -> Iterator[str]:
    """What was to leave, or to be sent, and of which nobody knows what became of it."""
    before = timezone.now() - LONG
    waiting: list[QuerySet[Any]] = [
        Refund.objects.filter(status=Refund.Status.REQUESTED, requested_at__lt=before),
        Payout.objects.filter(status=Payout.Status.REQUESTED, requested_at__lt=before),
        Reversal.objects.filter(status=Reversal.Status.REQUESTED, requested_at__lt=before).select_related(
            "payout", "dispute"
        ),
    ]
    for row in (one for rows in waiting for one in rows.iterator()):
        yield f"{row}: {row.amount} fen asked for at {row.requested_at:%Y-%m-%d %H:%M} UTC and not answered"
    for d in Dispute.objects.to_send().filter(evidence_asked_at__lt=before).iterator():
        yield f"{d}: evidence asked for at {d.evidence_asked_at:%Y-%m-%d %H:%M} UTC and not answered"
    for d in Dispute.objects.to_accept().filter(accept_asked_at__lt=before).iterator():
        yield f"{d}: was to be accepted at {d.accept_asked_at:%Y-%m-%d %H:%M} UTC and not answered"


def _not_released() -> Iterator[str]:
    """What nothing holds back and what did not leave all the same: the release goes on past what goes wrong."""
    late = dict(due_earnings().filter(due_at__lt=timezone.now() - LONG).values_list("ref", "amount"))
    for ref in late.keys() - held_refs(late):
        yield f"earning {ref}: {late[ref]} fen are due since more than an hour and were not released"


def _one(own: QuerySet[Transfer], kind: TransferKind) -> Coalesce:
    """The amount of the one movement of this kind; 0 when there is none."""
    return Coalesce(Subquery(own.filter(kind=kind).values("amount")[:1]), 0)


def _sum_of(own: QuerySet, by: str) -> Coalesce:
    return Coalesce(Subquery(own.order_by().values(by).annotate(fen=Sum("amount")).values("fen")), 0)


def _without(moved: QuerySet[Transfer], known: QuerySet) -> Iterator[str]:
    for transfer in moved.filter(~Exists(known)).iterator():
        yield f"{transfer}: nothing is written down that it could be of"


def _by_owner(side: str, *kinds: TransferKind) -> dict[str, int]:
    rows = Transfer.objects.filter(kind__in=kinds).order_by().values_list(f"{side}__owner").annotate(Sum("amount"))
    return dict(rows)


def _by_outside(rows: Manager[Any]) -> dict[str, int]:
    """In one pass: there is no index for what is so seldom."""
    return dict(rows.exclude(outside=None).order_by().values_list("outside").annotate(Sum("amount")))


def _by_companion(rows: QuerySet[Model], companion: str, column: str) -> dict[str, int]:
    sums = rows.order_by().values_list(companion).annotate(Sum(column))
    return {f"user:{user_id}": fen for user_id, fen in sums}
