"""Payers' banks that want money back, as Stripe would tell it."""

from dataclasses import replace

from django.db import transaction

from bookings.models import Booking
from payments.gateway.values import DisputeState, Entry
from payments.models import Dispute, Payment
from payments.services.disputes import apply_dispute, asking_about

FEE = 1500


def disputed(of: Booking | Payment, seq: int = 1, **other: object) -> Dispute:
    """The bank has taken the payment back, and Stripe waits for an answer; `other` replaces parts of what it says."""
    payment = of if isinstance(of, Payment) else Payment.objects.get(ref=of.pk, seq=seq)
    taken = Entry(f"txn_{payment.pk}", "adjustment", -payment.amount, FEE, -payment.amount - FEE, "dp", 1)
    state = DisputeState(
        id=f"dp_{payment.pk}",
        charge_id=payment.charge_id or "",
        payment_intent_id=payment.payment_intent_id or "",
        amount=payment.amount,
        reason="fraudulent",
        status="needs_response",
        outcome="open",
        is_inquiry=False,
        due_s=2_000_000_000,
        submitted=0,
        entries=(taken,),
    )
    with transaction.atomic():
        number = asking_about(stripe_id=state.id)
        return apply_dispute(payment=payment, state=replace(state, **other), number=number)


def lost(of: Booking | Payment, seq: int = 1) -> Dispute:
    return disputed(of, seq, status="lost", outcome="lost", due_s=0)


def won(of: Booking | Payment, seq: int = 1) -> Dispute:
    """The bank gives it back."""
    payment = of if isinstance(of, Payment) else Payment.objects.get(ref=of.pk, seq=seq)
    taken = Entry(f"txn_{payment.pk}", "adjustment", -payment.amount, FEE, -payment.amount - FEE, "dp", 1)
    back = Entry(f"txn_{payment.pk}_back", "adjustment", payment.amount, -FEE, payment.amount + FEE, "dp", 2)
    return disputed(payment, status="won", outcome="won", due_s=0, entries=(taken, back))


INQUIRY = {"is_inquiry": True, "status": "warning_needs_response", "entries": ()}
