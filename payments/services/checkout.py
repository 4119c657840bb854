"""Prepaying: a Payment row, and a Checkout Session for it."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.db.models import Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from payments.errors import CustomerUnknown, KeyTaken, PaymentClosed, PaymentUnderWay, ProviderUnavailable
from payments.gateway import provider
from payments.gateway.values import Checkout
from payments.models import Abandonment, Payment, Refund
from payments.services.customers import customer_of, lose_customer
from payments.services.ledger import open_payer_accounts
from payments.services.ways import close_way, is_charging, new_attempt

# Stripe wants at least 30 minutes between its own clock and expires_at; the order itself expires after 30.
SHORTEST_SESSION_S = 30 * 60
SESSION_LIFETIME_S = 31 * 60


@dataclass(frozen=True, slots=True)
class Money:
    """The payments of one reference and its refunds, oldest first."""

    payments: tuple[Payment, ...]
    refunds: tuple[Refund, ...]

    def by(self, payer_id: int) -> "Money":
        """Of several who pay, what this one paid and gets back."""
        payments = tuple(one for one in self.payments if one.payer_id == payer_id)
        return Money(payments, tuple(one for one in self.refunds if one.payment.payer_id == payer_id))

    @property
    def first(self) -> Payment:
        """The one that came first; if none has come, the one that may still."""
        came = (one for one in self.payments if one.status == Payment.Status.SUCCEEDED)
        return next(came, self.payments[-1])

    @property
    def paid(self) -> int:
        """Fen that came."""
        return sum(one.amount for one in self.payments if one.status == Payment.Status.SUCCEEDED)

    @property
    def goes_back_in_parts(self) -> bool:
        """Over more than one payment."""
        return len({refund.payment_id for refund in self.refunds}) > 1

    @property
    def standing_refunds(self) -> tuple[Refund, ...]:
        """Without those that failed and were asked for again: what became of their money the later ones say."""
        last = {refund.payment_id: refund for refund in self.refunds}
        return tuple(one for one in self.refunds if one.status != Refund.Status.FAILED or one == last[one.payment_id])

    @property
    def refunded(self) -> int:
        """Fen that are back or on their way."""
        return sum(refund.amount for refund in self.refunds if refund.status != Refund.Status.FAILED)


def open_payment(*, payer: User, ref: UUID, amount: int, description: str) -> Payment:
    """Writes down that `amount` fen are to be paid for `ref`. The caller holds the order's lock."""
    open_payer_accounts(payer.pk)
    last = Payment.objects.filter(ref=ref).aggregate(last=Max("seq"))["last"] or 0
    return Payment.objects.create(ref=ref, seq=last + 1, payer=payer, amount=amount, description=description)


def money_of(*, ref: UUID) -> Money:
    """What was paid for the reference and what went back."""
    refunds = Refund.objects.filter(ref=ref).select_related("payment").order_by("seq")
    return Money(tuple(Payment.objects.of(ref)), tuple(refunds))


def money_back(*, refs: Collection[UUID]) -> dict[UUID, Money]:
    """What went back of each of these references and the payments it came from; nothing of those of which nothing did.

    One query, or none without references.
    """
    refunds = Refund.objects.filter(ref__in=refs).select_related("payment").order_by("ref", "seq")
    each = ((ref, tuple(theirs)) for ref, theirs in groupby(refunds, lambda refund: refund.ref))
    return {ref: Money(tuple({one.payment_id: one.payment for one in theirs}.values()), theirs) for ref, theirs in each}


def own_money(payer: User) -> dict[str, Coalesce]:
    """Annotations of rows whose number is a reference: `own_paid`, fen of this payer that came, and `own_back`, fen
    that are back with him or on their way."""
    paid = Payment.objects.filter(ref=OuterRef("pk"), payer=payer, status=Payment.Status.SUCCEEDED)
    back = Refund.objects.filter(ref=OuterRef("pk"), payment__payer=payer).exclude(status=Refund.Status.FAILED)
    return {"own_paid": _sum_of(paid), "own_back": _sum_of(back)}


def _sum_of(rows: QuerySet) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values("ref").annotate(fen=Sum("amount")).values("fen")), 0)


def checkout_url(*, payment: Payment, success_url: str, cancel_url: str) -> str:
    """Where the payer pays. Asked twice, the same session answers; once it expired, a new one is opened.

    A charge of a saved card that is still open is cancelled before; when it had gone through, `success_url` answers.
    Call it outside any transaction: Stripe is asked here. Raises PaymentClosed when it is paid or its order was
    abandoned, PaymentUnderWay while a card is being charged, ProviderUnavailable when Stripe does not answer.
    """
    if _won_by_card(payment):
        return success_url
    payment = _ready(payment_id=payment.pk)
    if payment.session_id is None:
        try:
            checkout = _open_session(payment, success_url, cancel_url)
        except (KeyTaken, CustomerUnknown):
            # The site's address is another one than a moment ago, or Stripe has forgotten who pays.
            _retire_key(payment)
            payment = _ready(payment_id=payment.pk)
            checkout = _open_session(payment, success_url, cancel_url)
        payment = _keep(payment, checkout)
    return payment.session_url


def _won_by_card(payment: Payment) -> bool:
    payment = Payment.objects.get(pk=payment.pk)
    return is_charging(payment) and close_way(payment=payment).status == Payment.Status.SUCCEEDED


@transaction.atomic
def _ready(*, payment_id: int) -> Payment:
    """Fixes what Stripe will be asked before it is asked: one attempt is one key and one moment of expiry."""
    payment = Payment.objects.select_for_update(of=("self",)).select_related("payer").get(pk=payment_id)
    if payment.status == Payment.Status.SUCCEEDED or Abandonment.objects.filter(ref=payment.ref).exists():
        raise PaymentClosed
    if is_charging(payment):
        raise PaymentUnderWay
    # Too near the shortest, Stripe would refuse it now; a session that it made before is known to nobody.
    is_stale = payment.session_id is None and payment.expires_s < time.time() + SHORTEST_SESSION_S
    if payment.status == Payment.Status.EXPIRED or is_stale:
        new_attempt(payment, expires_s=int(time.time()) + SESSION_LIFETIME_S)
    return payment


def _open_session(payment: Payment, success_url: str, cancel_url: str) -> Checkout:
    customer_id = customer_of(user=payment.payer)
    try:
        return _create_session(payment, customer_id, success_url, cancel_url)
    except CustomerUnknown:
        lose_customer(user=payment.payer, customer_id=customer_id)
        raise


def _create_session(payment: Payment, customer_id: str, success_url: str, cancel_url: str) -> Checkout:
    return provider().create_checkout(
        amount=payment.amount,
        description=payment.description,
        marks=payment.marks,
        customer_id=customer_id,
        success_url=success_url,
        cancel_url=cancel_url,
        expires_at=payment.expires_s,
        key=payment.idempotency_key,
    )


def _retire_key(payment: Payment) -> None:
    Payment.objects.filter(pk=payment.pk, attempt=payment.attempt, session_id=None).update(expires_s=0)


def _keep(payment: Payment, checkout: Checkout) -> Payment:
    """Writes the session down; only one that is written down is ever shown to the payer.

    Raises PaymentClosed when the order was abandoned meanwhile, ProviderUnavailable when a rival is at a new attempt.
    """
    mine = Payment.objects.filter(pk=payment.pk, attempt=payment.attempt, status=Payment.Status.OPEN, session_id=None)
    mine.update(session_id=checkout.id, session_url=checkout.url)
    payment.refresh_from_db()
    if payment.status != Payment.Status.OPEN:
        raise PaymentClosed
    if payment.session_id is None:
        raise ProviderUnavailable
    return payment
