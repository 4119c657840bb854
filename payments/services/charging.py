"""Charging a saved card while its holder is there.

The charge is made at Stripe first, without moving money, and its id written down; only then is the card charged. So
no money can come by a charge nobody knows of, and what is written down can be asked about and cancelled.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from payments import signals
from payments.errors import (
    CardExpired,
    CardGone,
    CardRefused,
    ChargeUnknown,
    CustomerUnknown,
    FeeUnknown,
    KeyInUse,
    KeyTaken,
    PaymentClosed,
    PaymentUnderWay,
    ProviderUnavailable,
)
from payments.gateway import provider
from payments.gateway.values import Intent
from payments.models import Abandonment, Payment, SavedCard
from payments.services.customers import customer_of, lose_customer
from payments.services.settling import apply_intent
from payments.services.ways import close_way, is_charging, new_attempt

# As long as a session lasts: time enough for 3-D Secure.
CHARGE_LIFETIME_S = 31 * 60
Status = Literal["succeeded", "requires_action", "declined", "processing"]
STATUS_OF: dict[str, Status] = {
    "succeeded": "succeeded",
    "requires_action": "requires_action",
    "requires_payment_method": "declined",
    "canceled": "declined",
}


@dataclass(frozen=True, slots=True)
class Charged:
    """What became of charging a card.

    `redirect_url` is where the payer proves that the card is theirs (requires_action); they come back to `return_url`,
    where `sync_payment` tells the rest. `decline_code` is Stripe's word for why not (declined). `processing` is told
    later, by `payment_settled` or `payment_changed`.
    """

    status: Status
    redirect_url: str = ""
    decline_code: str = ""


SUCCEEDED, PROCESSING = Charged("succeeded"), Charged("processing")


def charge_saved_card(*, payment: Payment, card: SavedCard, return_url: str) -> Charged:
    """Charges the payment to the card. Asked twice, the card is charged once; after a decline it is tried anew.

    An open session, or the charge of another card, is closed before; when that one had gone through, it is applied and
    "succeeded". Call it outside any transaction: Stripe is asked here.
    Raises CardGone when the card was removed, CardExpired, PaymentClosed when the order was abandoned, PaymentUnderWay
    while it is paid in another way, ProviderUnavailable when Stripe does not answer: of that kind is ChargeUnknown,
    after which nobody should pay again before `payments.tasks.catch_up` has found out.
    """
    payment = Payment.objects.select_related("payer").get(pk=payment.pk)
    went_on = _gone_on(payment, card)
    if went_on:
        return went_on
    payment = _closed(payment, card)
    if payment.status == Payment.Status.SUCCEEDED:
        return SUCCEEDED
    payment = _begun(payment_id=payment.pk, card_id=card.pk, return_url=return_url)
    if payment.status == Payment.Status.SUCCEEDED:
        return SUCCEEDED
    return _charged(payment, card)


def open_charges(*, refs: Collection[UUID], payer: User) -> dict[UUID, Payment]:
    """Of each reference the payer's latest payment for which a saved card was asked and that is neither paid nor over.

    `unsure_since` while nobody knows; `last_decline` when the card was declined; else its bank waits for the payer.
    One query, or none without references.
    """
    asked = Payment.objects.filter(ref__in=refs, payer=payer, card__isnull=False, status=Payment.Status.OPEN)
    return {payment.ref: payment for payment in asked.order_by("seq")}


def _gone_on(payment: Payment, card: SavedCard) -> Charged | None:
    """How it stands with a charge of the same card that was begun before; None when there is none or it failed."""
    if not is_charging(payment) or payment.card_id != card.pk or payment.payment_intent_id is None:
        return None
    try:
        intent = provider().retrieve_intent(payment.payment_intent_id)
    except FeeUnknown:
        return PROCESSING
    if intent.status == "requires_confirmation":
        return _confirmed(payment)
    apply_intent(payment_id=payment.pk, intent=intent)
    return None if intent.status in ("requires_payment_method", "canceled") else _told(intent)


def _closed(payment: Payment, card: SavedCard) -> Payment:
    """The payment with no other way open. A charge of the same card that has no id yet goes on: it is joined."""
    is_joined = is_charging(payment) and payment.card_id == card.pk and payment.payment_intent_id is None
    is_open = payment.status == Payment.Status.OPEN and (payment.session_id or payment.card_id)
    return close_way(payment=payment) if is_open and not is_joined else payment


@transaction.atomic
def _begun(*, payment_id: int, card_id: int, return_url: str) -> Payment:
    """Fixes what Stripe will be asked before it is asked; a rival's charge of the same card is joined."""
    payment = Payment.objects.select_for_update(of=("self",)).select_related("payer").get(pk=payment_id)
    if payment.status == Payment.Status.SUCCEEDED:
        return payment
    _must_be_wanted(payment)
    card = SavedCard.objects.of(payment.payer).filter(pk=card_id).first()
    if card is None:
        raise CardGone
    if card.is_expired:
        raise CardExpired
    if is_charging(payment) and payment.card_id == card.pk:
        return payment
    if payment.status == Payment.Status.OPEN and (payment.session_id or payment.card_id):
        raise PaymentUnderWay
    new_attempt(payment, expires_s=int(time.time()) + CHARGE_LIFETIME_S, card=card, return_url=return_url)
    Payment.objects.filter(pk=payment.pk).update(last_decline="")
    return payment


def _must_be_wanted(payment: Payment) -> None:
    if Abandonment.objects.filter(ref=payment.ref).exists():
        raise PaymentClosed


def _charged(payment: Payment, card: SavedCard) -> Charged:
    try:
        return _confirmed(payment if payment.payment_intent_id else _made(payment, card))
    except KeyInUse:
        # A second click: the first one is just being answered, and tells.
        return PROCESSING
    except CardRefused as refused:
        _give_up(payment, refused.reason)
        return Charged("declined", decline_code=refused.reason)


def _made(payment: Payment, card: SavedCard) -> Payment:
    """Makes the charge at Stripe and writes its id down. Whatever goes wrong here, no money has moved."""
    customer_id = customer_of(user=payment.payer)
    try:
        intent = _create(payment, card, customer_id)
    except KeyInUse:
        raise
    except CustomerUnknown as error:
        lose_customer(user=payment.payer, customer_id=customer_id)
        raise CardRefused("resource_missing") from error
    except (KeyTaken, ProviderUnavailable):
        # Stripe repeats an error for the same key: the next click takes another one.
        _give_up(payment)
        raise
    return _keep(payment, intent)


def _create(payment: Payment, card: SavedCard, customer_id: str) -> Intent:
    return provider().create_intent(
        amount=payment.amount,
        description=payment.description,
        marks=payment.marks,
        customer_id=customer_id,
        payment_method_id=card.stripe_id,
        key=payment.idempotency_key,
    )


def _keep(payment: Payment, intent: Intent) -> Payment:
    """Only a charge that is written down is ever confirmed. Raises PaymentUnderWay when a rival took another way."""
    mine = Payment.objects.filter(pk=payment.pk, attempt=payment.attempt, status=Payment.Status.OPEN)
    mine.filter(payment_intent_id=None).update(payment_intent_id=intent.id)
    kept = Payment.objects.select_related("payer").get(pk=payment.pk)
    if kept.payment_intent_id != intent.id:
        _must_be_wanted(kept)
        raise PaymentUnderWay
    return kept


def _confirmed(payment: Payment) -> Charged:
    """Raises ChargeUnknown when Stripe does not answer: the row says so until somebody has found out."""
    _must_be_wanted(payment)
    _going(payment)
    try:
        intent = provider().confirm_intent(
            intent_id=payment.payment_intent_id or "", return_url=payment.return_url, key=payment.confirmation_key
        )
    except (KeyInUse, FeeUnknown):
        return PROCESSING
    except ProviderUnavailable as error:
        raise ChargeUnknown from error
    apply_intent(payment_id=payment.pk, intent=intent)
    return _told(intent)


@transaction.atomic
def _going(payment: Payment) -> None:
    """Stripe is about to be asked. Raises CardGone when the card was removed first; removed from now on, it closes
    what it finds open here."""
    mine = Payment.objects.filter(pk=payment.pk, payment_intent_id=payment.payment_intent_id)
    for row in mine.filter(status=Payment.Status.OPEN).select_for_update(of=("self",)):
        if not SavedCard.objects.select_for_update().filter(payments=row, removed_at=None).exists():
            raise CardGone
        mine.update(unsure_since=Now())


def _told(intent: Intent) -> Charged:
    return Charged(STATUS_OF.get(intent.status, "processing"), intent.redirect_url, intent.decline_code)


def _give_up(payment: Payment, decline: str = "") -> None:
    """This attempt comes to nothing: no charge of it is known, so none can be confirmed."""
    mine = Payment.objects.filter(pk=payment.pk, attempt=payment.attempt, payment_intent_id=None)
    if mine.filter(status=Payment.Status.OPEN).update(status=Payment.Status.EXPIRED, last_decline=decline):
        payment.refresh_from_db()
        signals.payment_changed.send(Payment, payment=payment)
