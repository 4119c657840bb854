"""Doorbells. Rows are the queue of record; `catch_up` finds what no bell rang for."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from celery import shared_task
from django.db.models import F, Model, Q, QuerySet
from django.utils import timezone

from common.database import alone
from payments import services
from payments.errors import BalanceTooLow, FeeUnknown, KeyInUse, KeyTaken, ProviderUnavailable
from payments.models import (
    Abandonment,
    CardSetup,
    Dispute,
    Payment,
    Payout,
    PayoutAccount,
    Refund,
    Reversal,
    SavedCard,
    StripeEvent,
)

log = logging.getLogger(__name__)
BATCH = 100
# A row that is asked about takes a minute at the worst, so a round ends a minute after this at the latest.
ROUND_S = 30
SETTLING_TIME = timedelta(seconds=3)
# A payment whose webhook never came: asked about now and then, while its session can still be open.
QUIET_PAYMENT = timedelta(minutes=2)
QUIET_REFUND = timedelta(minutes=10)
QUIET_CARD = timedelta(minutes=10)
QUIET_DISPUTE = timedelta(hours=12)
# Whoever was asked about goes to the end of the queue: a row that always fails does not stay in front.
LONGEST_UNASKED = F("asked_at").asc(nulls_first=True)
Work = tuple[Callable[[Any], Any], QuerySet]


@shared_task
def apply_event(event_id: str) -> None:
    services.apply_event(event_id=event_id)


@shared_task
def send_refund(refund_id: int) -> None:
    services.send_refund(refund_id=refund_id)


@shared_task
def close_checkout(payment_id: int) -> None:
    services.close_checkout(payment=Payment.objects.get(pk=payment_id))


@shared_task
def detach_card(card_id: int) -> None:
    services.detach_card(card_id=card_id)


@shared_task
def send_payout(payout_id: int) -> None:
    services.send_payout(payout_id=payout_id)


@shared_task
def book_loss(dispute_id: int) -> None:
    services.book_loss(dispute_id=dispute_id)


@shared_task
def send_reversal(reversal_id: int) -> None:
    services.send_reversal(reversal_id=reversal_id)


@shared_task
def send_evidence(dispute_id: int) -> None:
    services.send_evidence(dispute_id=dispute_id)


@shared_task
def send_acceptance(dispute_id: int) -> None:
    services.send_acceptance(dispute_id=dispute_id)


@shared_task
def sync_account(user_id: int) -> None:
    services.sync_account(user_id=user_id)


@shared_task
def release_payouts() -> None:
    """What is due is sent off. Rings often: when is decided by the day that stands in each row."""
    with alone("payments.release_payouts") as is_mine:
        if is_mine:
            services.release_due()


@shared_task
def reconcile() -> None:
    """The books are held against the provider's, a day after they last were. Rings each hour: a lost one is made up
    for, and a difference that was mended is seen to be."""
    if not services.reconciliation_due():
        return
    ask_stripe()
    catch_up()
    try:
        services.reconcile()
    except ProviderUnavailable as error:
        log.warning("not reconciled until Stripe answers: %r", error.__cause__)
    services.tell_if_overdue()


@shared_task
def catch_up() -> None:
    """Picks up waiting events, refunds and payouts, charges that Stripe did not answer about, abandoned sessions,
    removed cards, and what follows from disputes, whose task was lost or failed."""
    settled = timezone.now() - SETTLING_TIME
    events = StripeEvent.objects.filter(processed_at=None, due_at__lt=settled).order_by("attempts", "received_at")
    refunds = Refund.objects.filter(status=Refund.Status.REQUESTED, requested_at__lt=settled)
    unsure = Payment.objects.payable().filter(unsure_since__lt=settled)
    removed = SavedCard.objects.filter(removed_at__lt=settled, detached_at=None)
    _round(
        "payments.catch_up",
        (lambda event: services.apply_event(event_id=event.pk), events),
        (lambda payment: services.sync_payment(payment=payment), unsure.order_by(LONGEST_UNASKED)),
        (lambda refund: services.send_refund(refund_id=refund.pk), refunds.order_by(LONGEST_UNASKED)),
        (lambda payment: services.close_checkout(payment=payment), _abandoned(settled).order_by(LONGEST_UNASKED)),
        (lambda card: services.detach_card(card_id=card.pk), removed.order_by(LONGEST_UNASKED)),
        *_to_companions(settled),
        *_disputed(settled),
    )


@shared_task
def ask_stripe() -> None:
    """Asks about open payments, pending refunds, open disputes, companions' accounts and pages to leave a card on that
    no webhook spoke of."""
    now = timezone.now()
    payments = Payment.objects.payable().filter(created_at__lt=now - QUIET_PAYMENT)
    refunds = Refund.objects.filter(_quiet(now - QUIET_REFUND), changed_at__lt=now - QUIET_REFUND)
    pending = refunds.filter(status=Refund.Status.PENDING)
    disputes = Dispute.objects.filter(_quiet(now - QUIET_DISPUTE), outcome=Dispute.Outcome.OPEN)
    accounts = PayoutAccount.objects.filter(_quiet(now - QUIET_DISPUTE), stripe_id__isnull=False, left_at=None)
    setups = CardSetup.objects.filter(_quiet(now - QUIET_CARD), created_at__lt=now - QUIET_CARD)
    adding = setups.filter(status=CardSetup.Status.OPEN)
    _round(
        "payments.ask_stripe",
        (lambda payment: services.sync_payment(payment=payment), payments.order_by(LONGEST_UNASKED)),
        (lambda refund: services.sync_refund(refund=refund), pending.order_by(LONGEST_UNASKED)),
        (lambda dispute: services.sync_dispute(dispute=dispute), disputes.order_by(LONGEST_UNASKED)),
        (lambda account: services.sync_account(user_id=account.pk), accounts.order_by(LONGEST_UNASKED)),
        (lambda setup: services.sync_card_setup(setup=setup), adding.order_by(LONGEST_UNASKED)),
    )


def _quiet(since: datetime) -> Q:
    """Not asked about since then."""
    return Q(asked_at=None) | Q(asked_at__lt=since)


def _to_companions(settled: datetime) -> list[Work]:
    payouts = Payout.objects.filter(status=Payout.Status.REQUESTED, requested_at__lt=settled)
    reversals = Reversal.objects.filter(status=Reversal.Status.REQUESTED, requested_at__lt=settled)
    return [
        (lambda payout: services.send_payout(payout_id=payout.pk), payouts.order_by(LONGEST_UNASKED)),
        (lambda reversal: services.send_reversal(reversal_id=reversal.pk), reversals.order_by(LONGEST_UNASKED)),
    ]


def _disputed(settled: datetime) -> list[Work]:
    to_send = Dispute.objects.to_send().filter(evidence_asked_at__lt=settled)
    to_accept = Dispute.objects.to_accept().filter(accept_asked_at__lt=settled)
    lost = services.losses_to_book().filter(closed_at__lt=settled)
    return [
        (lambda dispute: services.send_evidence(dispute_id=dispute.pk), to_send.order_by(LONGEST_UNASKED)),
        (lambda dispute: services.send_acceptance(dispute_id=dispute.pk), to_accept.order_by(LONGEST_UNASKED)),
        (lambda dispute: services.book_loss(dispute_id=dispute.pk), lost.order_by("closed_at")),
        (lambda dispute: services.request_refund_again(ref=dispute.ref), services.won_and_owed()),
    ]


def _abandoned(settled: datetime) -> QuerySet[Payment]:
    return Payment.objects.payable().filter(ref__in=Abandonment.objects.filter(at__lt=settled).values("ref"))


def _round(name: str, *work: Work) -> None:
    """Does each job for its rows: one round of this name at a time, for ROUND_S, until Stripe does not answer.

    A row that fails is logged and does not keep the others waiting.
    """
    with alone(name) as is_mine:
        deadline = time.monotonic() + ROUND_S
        for job, rows in work if is_mine else ():
            for row in rows[:BATCH]:
                if time.monotonic() > deadline:
                    return
                if not _goes_on(job, row):
                    break


def _goes_on(job: Callable[[Any], Any], row: Model) -> bool:
    try:
        job(row)
    except BalanceTooLow:
        log.warning("left until Stripe holds more of our money: %s", row)
    except (FeeUnknown, KeyInUse, KeyTaken) as error:
        log.warning("left for a later round: %s (%r)", row, error)
    except ProviderUnavailable as error:
        log.warning("Stripe does not answer, the rest waits for the next round: %s (%r)", row, error.__cause__)
        return False
    except Exception:
        log.exception("left for a later round: %s", row)
    return True
