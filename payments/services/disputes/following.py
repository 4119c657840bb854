"""What Stripe says of a dispute, written down: what it moved on our balance, and how it ended."""

from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from common.clock import moment
from common.doorbell import ring_on_commit
from payments import signals
from payments.gateway import provider
from payments.gateway.values import DisputeState, Entry
from payments.models import AccountKind, Dispute, FinanceTask, Payment, TransferKind
from payments.services.finance import close_task, open_task
from payments.services.ledger import Posting, dispute_keys, of_user, post
from payments.services.locking import lock_accounts, lock_payments
from payments.services.marking import payment_marked
from payments.services.refunds import ask_for_help
from payments.services.ways import sync_payment

# One dispute moves money a few times at most; each time is a number of its own in the ledger.
ENTRIES = 100


def follow_dispute(*, stripe_id: str) -> Dispute | None:
    """Asks Stripe about it and applies it; None for one over a payment that is none of ours. Raises
    ProviderUnavailable."""
    Dispute.objects.filter(stripe_id=stripe_id).update(asked_at=Now())
    state = provider().retrieve_dispute(stripe_id)
    payment = _payment_of(state) or _paid_just_now(state)
    return apply_dispute(payment=payment, state=state) if payment else None


def _payment_of(state: DisputeState) -> Payment | None:
    return Payment.objects.filter(payment_intent_id=state.payment_intent_id).first()


def _paid_just_now(state: DisputeState) -> Payment | None:
    """A bank may be quicker than the word that the money came: then that is written down first."""
    if not state.payment_intent_id:
        return None
    payment = payment_marked(provider().retrieve_intent(state.payment_intent_id).marks)
    if payment is not None:
        sync_payment(payment=payment)
    return _payment_of(state)


def dispute_of(*, ref: UUID, payer_id: int) -> Dispute | None:
    """The newest one over what this payer paid for the reference; a mere question of his bank is none."""
    his = Dispute.objects.filter(ref=ref, payment__payer=payer_id, is_inquiry=False)
    return his.select_related("payment").order_by("-seq").first()


def sync_dispute(*, dispute: Dispute) -> Dispute | None:
    return follow_dispute(stripe_id=dispute.stripe_id)


@transaction.atomic
def apply_dispute(*, payment: Payment, state: DisputeState) -> Dispute:
    """Twice is once. A dispute that is over stays as it is, but for money that moves after it."""
    signals.money_moving.send(Dispute, ref=payment.ref)
    lock_payments(payment.ref)
    dispute = _row(payment, state)
    lock_accounts(dispute_keys(payment.payer_id))
    for entry in state.entries:
        _book(dispute, entry)
    if dispute.outcome == Dispute.Outcome.OPEN:
        _move_on(dispute, state)
    return dispute


def _row(payment: Payment, state: DisputeState) -> Dispute:
    known = Dispute.objects.select_for_update().filter(stripe_id=state.id).first()
    if known is not None:
        return known
    last = Dispute.objects.filter(ref=payment.ref).aggregate(last=Max("seq"))["last"] or 0
    # It has no status yet: the first one is news like any other.
    dispute = Dispute.objects.create(
        payment=payment,
        ref=payment.ref,
        seq=last + 1,
        stripe_id=state.id,
        amount=state.amount,
        reason=state.reason,
    )
    open_task(FinanceTask.Kind.DISPUTE, key=state.id, ref=payment.ref, note=state.reason)
    # A refund may have failed for it before we heard of it.
    ask_for_help(ref=payment.ref)
    return dispute


def _book(dispute: Dispute, entry: Entry) -> None:
    """Each line once, under the number that it came as: Stripe does not say in which order they are told."""
    if entry.id in dispute.entries:
        return
    seq = dispute.seq * ENTRIES + len(dispute.entries)
    dispute.entries = [*dispute.entries, entry.id]
    dispute.save(update_fields=["entries"])
    payer_id = dispute.payment.payer_id
    clearing, reserve = (of_user(kind, payer_id) for kind in (AccountKind.STRIPE_CLEARING, AccountKind.DISPUTE_RESERVE))
    fees = of_user(AccountKind.STRIPE_FEES, payer_id)
    post(
        dispute.ref,
        Posting(TransferKind.DISPUTE, reserve, clearing, max(0, -entry.amount), seq),
        Posting(TransferKind.DISPUTE_WON, clearing, reserve, max(0, entry.amount), seq),
        Posting(TransferKind.DISPUTE_FEE, fees, clearing, max(0, entry.fee), seq),
        Posting(TransferKind.DISPUTE_FEE_BACK, clearing, fees, max(0, -entry.fee), seq),
    )


def _ask_anew(dispute: Dispute) -> None:
    """A bank that only asked has taken the money: it wants an answer to that, whatever it was told before."""
    dispute.inquiry_evidence, dispute.evidence = dispute.evidence, {}
    dispute.evidence_asked_at, dispute.evidence_by, dispute.evidence_sent_at = None, None, None
    dispute.evidence_attempt, dispute.is_inquiry = dispute.evidence_attempt + 1, False
    said = ["inquiry_evidence", "evidence", "evidence_asked_at", "evidence_by", "evidence_sent_at"]
    dispute.save(update_fields=[*said, "evidence_attempt", "is_inquiry"])
    open_task(FinanceTask.Kind.DISPUTE, key=dispute.stripe_id, ref=dispute.ref, note=dispute.reason)


def _move_on(dispute: Dispute, state: DisputeState) -> None:
    before = (dispute.status, dispute.outcome)
    if dispute.is_inquiry and not state.is_inquiry and state.outcome == Dispute.Outcome.OPEN:
        _ask_anew(dispute)
    dispute.status, dispute.outcome, dispute.is_inquiry = state.status, state.outcome, state.is_inquiry
    dispute.due_at = moment(state.due_s * 1000) if state.due_s else None
    if state.outcome != Dispute.Outcome.OPEN:
        dispute.closed_at = Now()
    dispute.save(update_fields=["status", "outcome", "is_inquiry", "due_at", "closed_at"])
    if state.outcome == Dispute.Outcome.LOST:
        ring_on_commit("payments.tasks.book_loss", dispute.pk)
    if not state.due_s:
        close_task(FinanceTask.Kind.DISPUTE, key=dispute.stripe_id)
    if before != (dispute.status, dispute.outcome):
        signals.dispute_changed.send(Dispute, dispute=dispute)
