"""Who a payer is at Stripe: one customer, made with the first payment."""

from uuid import uuid4

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from payments.errors import KeyTaken, ProviderUnavailable
from payments.gateway import provider
from payments.models import SavedCard, StripeCustomer


def customer_of(*, user: User) -> str:
    """The id of the user's customer at Stripe; asked twice, or by two at once, it is the same one.

    Call it outside any transaction: Stripe may be asked here. Raises ProviderUnavailable when it does not answer.
    """
    row, _ = StripeCustomer.objects.get_or_create(user=user)
    if row.stripe_id is None:
        try:
            row = _made(row, user)
        except KeyTaken:
            # The user's e-mail is another one than when Stripe was first asked.
            StripeCustomer.objects.filter(user=user, key=row.key, stripe_id=None).update(key=uuid4())
            row.refresh_from_db()
            row = row if row.stripe_id else _made(row, user)
    if row.stripe_id is None:
        raise ProviderUnavailable
    return row.stripe_id


@transaction.atomic
def lose_customer(*, user: User, customer_id: str) -> None:
    """Stripe does not know the customer: the next payment makes a new one, and the cards that were kept are gone."""
    lost = StripeCustomer.objects.filter(user=user, stripe_id=customer_id)
    if lost.update(stripe_id=None, key=uuid4()):
        SavedCard.objects.filter(user=user, removed_at=None).update(removed_at=Now(), detached_at=Now())


def _made(row: StripeCustomer, user: User) -> StripeCustomer:
    stripe_id = provider().create_customer(email=user.email, user_id=user.pk, key=row.idempotency_key)
    StripeCustomer.objects.filter(user=user, key=row.key, stripe_id=None).update(stripe_id=stripe_id)
    row.refresh_from_db()
    return row
