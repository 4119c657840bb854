"""The cards a payer keeps for the next payment."""

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from common.doorbell import ring_on_commit
from payments.gateway import provider
from payments.gateway.values import KeptCard
from payments.models import SavedCard, StripeCustomer


def saved_cards(*, user: User) -> list[SavedCard]:
    """What the user can pay with at one tap, newest first. Stripe is not asked."""
    return list(SavedCard.objects.of(user))


def save_card(*, user_id: int, kept: KeptCard) -> None:
    """Writes down a card that Stripe keeps; one that was typed in again takes the place of its older self.

    In the caller's transaction. A card of a customer who is not this user's is none of ours.
    """
    # Held to the end: of two payments with the same card at the same moment the second sees the first.
    customers = StripeCustomer.objects.select_for_update()
    if not customers.filter(user=user_id, stripe_id=kept.customer_id).exists():
        return
    if SavedCard.objects.filter(stripe_id=kept.id).exists():
        return
    same = SavedCard.objects.filter(user=user_id, removed_at=None, fingerprint=kept.fingerprint)
    for card in same if kept.fingerprint else ():
        _remove(card)
    look = {name: getattr(kept, name) for name in ("fingerprint", "brand", "last4", "exp_month", "exp_year")}
    SavedCard.objects.create(user_id=user_id, stripe_id=kept.id, **look)


@transaction.atomic
def forget_card(*, card: SavedCard, by: User) -> None:
    """The card is shown to nobody from now on; Stripe is told by a worker after commit.

    Forgetting twice is forgetting once. Raises SavedCard.DoesNotExist for a card of somebody else.
    """
    card = SavedCard.objects.select_for_update().get(pk=card.pk, user=by)
    if card.removed_at is None:
        _remove(card)


def detach_card(*, card_id: int) -> None:
    """Tells Stripe to forget a removed card. Raises ProviderUnavailable: it is told later, then."""
    card = SavedCard.objects.get(pk=card_id)
    if card.removed_at is None or card.detached_at is not None:
        return
    SavedCard.objects.filter(pk=card.pk).update(asked_at=Now())
    provider().detach_card(payment_method_id=card.stripe_id, key=f"detach-{card.pk}-{card.stripe_id}")
    SavedCard.objects.filter(pk=card.pk).update(detached_at=Now())


def _remove(card: SavedCard) -> None:
    SavedCard.objects.filter(pk=card.pk).update(removed_at=Now())
    ring_on_commit("payments.tasks.detach_card", card.pk)
