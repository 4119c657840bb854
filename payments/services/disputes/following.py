"""What Stripe says of a dispute, written down: what it moved on our balance, and how it ended."""

from uuid import UUID

from django.db import transaction
from django.db.models import F, Max
from django.db.models.functions import Now

from common.clock import moment
from common.doorbell import ring_on_commit
from common.money import format_yuan
from payments import signals
from payments.gateway import provider
from payments.gateway.values import DisputeState, Entry
from payments.models import Account, AccountKind, Dispute, FinanceTask, Payment, TransferKind
from payments.services.finance import close_task, open_task
from payments.services.ledger import Posting, dispute_keys, of_user, post
from payments.services.locking import lock_accounts, lock_payments
from payments.services.marking import payment_marked
from payments.services.refunds import ask_for_help
from payments.services.ways import sync_payment

# One dispute moves money a few times at most; each time is a number of its own in the ledger.
ENTRIES = 100
# Where it lies, and what it is called when it is taken and given back.
WAITING = (AccountKind.DISPUTE_RESERVE, TransferKind.DISPUTE, TransferKind.DISPUTE_WON)
SHARED_OUT = (AccountKind.DISPUTE_LOSS, TransferKind.DISPUTE_LATE, TransferKind.DISPUTE_WON_LATE)


def follow_dispute(*, stripe_id: str) -> Dispute | None:
    """Asks Stripe about it and applies it; None for one over a payment that is none of ours. Raises
    ProviderUnavailable."""
    number = asking_about(stripe_id=stripe_id)
    state = provider().retrieve_dispute(stripe_id)
    payment = _payment_of(state) or _paid_just_now(state)
    if payment is None:
        return None
    dispute = apply_dispute(payment=payment, state=state, number=number)
    # Two may hear of it for the first time: nobody knows which answer is the newer one, so both ask once more.
    return dispute if number else follow_dispute(stripe_id=stripe_id)


def asking_about(*, stripe_id: str) -> int:
    """The number of the question that is about to be asked: an answer to an earlier one is older than what is known.
    0 while nothing is known."""
    mine = Dispute.objects.filter(stripe_id=stripe_id)
    mine.update(asked_at=Now(), asks=F("asks") + 1)
    return mine.values_list("asks", flat=True).first() or 0


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
def apply_dispute(*, payment: Payment, state: DisputeState, number: int) -> Dispute:
    """What Stripe answered to the question of this number (`asking_about`). Twice is once. A dispute that is over stays
    as it is, but for money that moves after it."""
    signals.money_moving.send(Dispute, ref=payment.ref)
    lock_payments(payment.ref)
    dispute = _row(payment, state)
    lock_accounts(dispute_keys(payment.payer_id))
    # One that was opened by a version before this one may not be owed.
    loss = of_user(AccountKind.DISPUTE_LOSS, payment.payer_id)
    Account.objects.filter(pk=loss.pk, may_overdraw=False).update(may_overdraw=True)
    for entry in state.entries:
        _book(dispute, entry)
    if dispute.outcome == Dispute.Outcome.OPEN and (number > dispute.answered or not dispute.status):
        dispute.answered = number
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
    post(dispute.ref, *_movements(dispute, entry, seq))
    if dispute.booked_at and entry.amount > 0:
        note = f"{format_yuan(entry.amount)} of {dispute.stripe_id}"
        open_task(FinanceTask.Kind.RETURNED, key=entry.id, ref=dispute.ref, note=note)


def _movements(dispute: Dispute, entry: Entry, seq: int) -> list[Posting]:
    """What the bank takes waits until it is known whose loss it is. After that the platform stands in for all: those
    who bore the loss may have been paid since."""
    where, taken, given_back = SHARED_OUT if dispute.booked_at else WAITING
    kinds = (AccountKind.STRIPE_CLEARING, AccountKind.STRIPE_FEES, where)
    clearing, fees, lies = (of_user(kind, dispute.payment.payer_id) for kind in kinds)
    return [
        Posting(taken, lies, clearing, max(0, -entry.amount), seq),
        Posting(given_back, clearing, lies, max(0, entry.amount), seq),
        Posting(TransferKind.DISPUTE_FEE, fees, clearing, max(0, entry.fee), seq),
        Posting(TransferKind.DISPUTE_FEE_BACK, clearing, fees, max(0, -entry.fee), seq),
    ]


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
    dispute.save(update_fields=["status", "outcome", "is_inquiry", "due_at", "closed_at", "answered"])
    if state.outcome == Dispute.Outcome.LOST:
        ring_on_commit("payments.tasks.book_loss", dispute.pk)
    if not state.due_s:
        close_task(FinanceTask.Kind.DISPUTE, key=dispute.stripe_id)
    if before != (dispute.status, dispute.outcome):
        signals.dispute_changed.send(Dispute, dispute=dispute)
