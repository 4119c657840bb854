"""What we have to say to a payer's bank: gathered from those who know, read by a person, sent once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from common.doorbell import ring_on_commit
from common.money import format_yuan
from payments import signals
from payments.errors import EvidenceRefused, KeyTaken, NothingToAnswer, ProviderUnavailable
from payments.gateway import provider
from payments.models import Dispute, FinanceTask, Payment
from payments.services.disputes.following import apply_dispute, asking_about, follow_dispute
from payments.services.finance import close_task, open_task

# Stripe takes so many characters in all.
MOST = 150_000
# So long nobody is told that what was decided has not reached the provider.
PATIENCE = timedelta(minutes=15)
NAMES = ("product_description", "service_date", "access_activity_log", "refund_policy_disclosure", "uncategorized_text")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece: `name` is Stripe's, of NAMES; several of one name are put one under the other."""

    name: str
    text: str


def gathered(*, dispute: Dispute) -> dict[str, str]:
    """What those who know say now, by Stripe's names, in English: a bank reads it."""
    pieces = _payments(dispute.payment)
    answers: list[tuple[Any, Any]] = signals.evidence_asked.send(Dispute, ref=dispute.ref)
    for _, told in answers:
        pieces.extend(told or ())
    pieces.append(_as_sold(dispute.payment))
    found: dict[str, str] = {}
    for piece in pieces:
        found[piece.name] = "\n".join(filter(None, [found.get(piece.name), piece.text]))
    return {name: text[:MOST] for name, text in found.items()}


def takes_answer(*, dispute: Dispute) -> bool:
    """Nothing was sent yet, nobody gave in, and the bank still waits for it."""
    waits = dispute.outcome == Dispute.Outcome.OPEN and dispute.due_at is not None
    return waits and dispute.evidence_asked_at is None and dispute.accept_asked_at is None


@transaction.atomic
def ask_to_send(*, dispute: Dispute, evidence: Mapping[str, str], by: User) -> None:
    """A person of finance has read it, and perhaps changed it. A worker sends it after commit; once and for good.

    Raises NothingToAnswer when it was sent or accepted, or nobody takes it any more.
    """
    locked = Dispute.objects.select_for_update().get(pk=dispute.pk)
    if not takes_answer(dispute=locked):
        raise NothingToAnswer
    locked.evidence = {name: evidence[name] for name in NAMES if evidence.get(name)}
    locked.evidence_asked_at, locked.evidence_by = Now(), by
    locked.save(update_fields=["evidence", "evidence_asked_at", "evidence_by"])
    close_task(FinanceTask.Kind.DISPUTE, key=locked.stripe_id)
    ring_on_commit("payments.tasks.send_evidence", locked.pk)


def send_evidence(*, dispute_id: int) -> None:
    """Sends what was asked to be sent, outside any transaction. Raises ProviderUnavailable: it is sent later, then."""
    dispute = Dispute.objects.to_send().select_related("payment").filter(pk=dispute_id).first()
    if dispute is None:
        return
    number = asking_about(stripe_id=dispute.stripe_id)
    try:
        state = provider().submit_evidence(
            dispute_id=dispute.stripe_id, evidence=dispute.evidence, key=dispute.evidence_key
        )
    except KeyTaken:
        # A deadline runs: it is not waited for the day in which the error is repeated.
        take_another_key(dispute)
        raise
    except ProviderUnavailable:
        tell_undelivered(Dispute.objects.to_send(), asked=dispute, since=dispute.evidence_asked_at)
        raise
    except EvidenceRefused as refused:
        _refused(dispute, refused.reason)
        return
    with transaction.atomic():
        apply_dispute(payment=dispute.payment, state=state, number=number)
        # The bank may have taken the money since: then it was the answer to what it had asked before.
        mine = Dispute.objects.filter(pk=dispute.pk, evidence_attempt=dispute.evidence_attempt)
        if mine.update(evidence_sent_at=Now()):
            close_task(FinanceTask.Kind.DISPUTE, key=dispute.stripe_id)


@transaction.atomic
def tell_undelivered(waiting: QuerySet[Dispute], *, asked: Dispute, since: datetime | None) -> None:
    """What was decided is tried again by itself; but a deadline runs, and the provider's pages may be open to people.
    `waiting` are those of which something is still to be told: it may be over, or asked anew, since it was `asked`."""
    if since is not None and since > timezone.now() - PATIENCE:
        return
    mine = waiting.select_for_update().filter(pk=asked.pk, evidence_attempt=asked.evidence_attempt).first()
    if mine is not None:
        note = "decided, and the payment provider does not take it yet"
        open_task(FinanceTask.Kind.DISPUTE, key=mine.stripe_id, ref=mine.ref, note=note)


def take_another_key(dispute: Dispute) -> None:
    """For what the bank takes once only, so that asking again under another key does nothing twice."""
    mine = Dispute.objects.filter(pk=dispute.pk, evidence_attempt=dispute.evidence_attempt)
    mine.update(evidence_attempt=F("evidence_attempt") + 1)


def _refused(dispute: Dispute, reason: str) -> None:
    """It may have been taken before, without an answer, or be over. If not, somebody has to look at it again, while
    there is time."""
    follow_dispute(stripe_id=dispute.stripe_id)
    with transaction.atomic():
        still_open = Dispute.objects.filter(pk=dispute.pk, outcome=Dispute.Outcome.OPEN)
        mine = still_open.filter(evidence_attempt=dispute.evidence_attempt, evidence_sent_at=None)
        if mine.filter(due_at=None).update(evidence_sent_at=Now()):
            close_task(FinanceTask.Kind.DISPUTE, key=dispute.stripe_id)
        elif mine.update(evidence_attempt=F("evidence_attempt") + 1, evidence_asked_at=None):
            note = f"evidence refused: {reason}"
            open_task(FinanceTask.Kind.DISPUTE, key=dispute.stripe_id, ref=dispute.ref, note=note)


def _as_sold(disputed: Payment) -> Evidence:
    """What the payer read on the page to pay, in his own language: quoted, since nobody at the bank may know it."""
    return Evidence("product_description", f"On the payment page the payer read it as: “{disputed.description}”.")


def _payments(disputed: Payment) -> list[Evidence]:
    """The receipt of what this payer paid and what went back to him; others who paid for the order are not named."""
    return [
        Evidence(
            "uncategorized_text",
            f"Payment {one.seq}: {format_yuan(one.amount)} on {one.succeeded_at:%Y-%m-%d %H:%M} UTC by {one.method}, "
            f"of which {format_yuan(one.refunded)} was refunded.",
        )
        for one in Payment.objects.of(disputed.ref).filter(payer=disputed.payer_id, status=Payment.Status.SUCCEEDED)
    ]
