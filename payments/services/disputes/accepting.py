"""Giving in: a dispute that nobody can win is accepted, and is lost from then on, for good."""

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import User
from common.doorbell import ring_on_commit
from payments.errors import AcceptRefused, KeyTaken, NothingToAnswer, ProviderUnavailable
from payments.gateway import provider
from payments.models import Dispute, FinanceTask
from payments.services.disputes.evidence import take_another_key, takes_answer, tell_undelivered
from payments.services.disputes.following import apply_dispute, asking_about, follow_dispute
from payments.services.finance import close_task, open_task


def can_be_accepted(*, dispute: Dispute) -> bool:
    """The bank waits for an answer and has taken the money: of one that only asks there is nothing to give up."""
    return takes_answer(dispute=dispute) and not dispute.is_inquiry


@transaction.atomic
def ask_to_accept(*, dispute: Dispute, by: User) -> None:
    """A person of finance gives in. A worker tells the provider after commit; once and for good.

    Raises NothingToAnswer when it was answered or accepted already, or is over.
    """
    locked = Dispute.objects.select_for_update().get(pk=dispute.pk)
    if not can_be_accepted(dispute=locked):
        raise NothingToAnswer
    locked.accept_asked_at, locked.accept_by = Now(), by
    locked.save(update_fields=["accept_asked_at", "accept_by"])
    close_task(FinanceTask.Kind.DISPUTE, key=locked.stripe_id)
    ring_on_commit("payments.tasks.send_acceptance", locked.pk)


def send_acceptance(*, dispute_id: int) -> None:
    """Tells the provider, outside any transaction; the loss is booked as that of any dispute. Raises
    ProviderUnavailable: it is told later, then."""
    dispute = Dispute.objects.to_accept().select_related("payment").filter(pk=dispute_id).first()
    if dispute is None:
        return
    number = asking_about(stripe_id=dispute.stripe_id)
    try:
        state = provider().accept_dispute(dispute_id=dispute.stripe_id, key=dispute.accept_key)
    except KeyTaken:
        take_another_key(dispute)
        raise
    except ProviderUnavailable:
        tell_undelivered(Dispute.objects.to_accept(), asked=dispute, since=dispute.accept_asked_at)
        raise
    except AcceptRefused as refused:
        _refused(dispute, refused.reason)
        return
    with transaction.atomic():
        apply_dispute(payment=dispute.payment, state=state, number=number)
        Dispute.objects.filter(pk=dispute.pk).update(accepted_at=Now())
        close_task(FinanceTask.Kind.DISPUTE, key=dispute.stripe_id)


def _refused(dispute: Dispute, reason: str) -> None:
    """It may be over without us. If it is not, somebody has to look at it again, while there is time."""
    follow_dispute(stripe_id=dispute.stripe_id)
    with transaction.atomic():
        still_open = Dispute.objects.to_accept().filter(pk=dispute.pk)
        if still_open.update(evidence_attempt=F("evidence_attempt") + 1, accept_asked_at=None, accept_by=None):
            note = f"accepting it was refused: {reason}"
            open_task(FinanceTask.Kind.DISPUTE, key=dispute.stripe_id, ref=dispute.ref, note=note)
