"""The cards a payer keeps for the next payment."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from common.doorbell import ring_on_commit
from payments.gateway import provider
from payments.gateway.values import KeptCard
from payments.models import SavedCard, StripeCustomer


def saved_cards(*, user: User) -> list[SavedCard]:
    """The user's cards, newest first, those that have expired too. Stripe is not asked."""
    return list(SavedCard.objects.of(user))


def cards_to_offer(*, user: User | AnonymousUser) -> list[SavedCard]:
    """What the user can pay with at one tap, that he paid with last first: those that have not expired."""
    cards = SavedCard.objects.of(user).last_used_first() if user.is_authenticated else ()
    return [card for card in cards if not card.is_expired]


def save_card(*, user_id: int, kept: KeptCard) -> SavedCard | None:
    """Writes down a card that Stripe keeps; one that was typed in again takes the place of its older self.

    In the caller's transaction. None for a card of a customer who is not this user's: it is none of ours. One that is
    known is left as it is, also when it was removed.
    """
    # Held to the end: of two payments with the same card at the same moment the second sees the first.
    customers = StripeCustomer.objects.select_for_update()
    if not customers.filter(user=user_id, stripe_id=kept.customer_id).exists():
        return None
    if known := SavedCard.objects.filter(stripe_id=kept.id).first():
        return known
    same = SavedCard.objects.filter(user=user_id, removed_at=None, fingerprint=kept.fingerprint)
    for card in same if kept.fingerprint else ():
        _remove(card)
    return SavedCard.objects.create(user_id=user_id, stripe_id=kept.id, **_look(kept))


@transaction.atomic
def forget_card(*, card: SavedCard, by: User) -> None:
    """The card is shown to nobody from now on; Stripe is told by a worker after commit.

    Forgetting twice is forgetting once. Raises SavedCard.DoesNotExist for a card of somebody else.
    """
    card = SavedCard.objects.select_for_update().get(pk=card.pk, user=by)
    if card.removed_at is None:
        _remove(card)


def refresh_card(*, stripe_id: str) -> None:
    """The bank has sent its holder a new one in its place, or it was taken away at Stripe: asks how it is now."""
    shown = SavedCard.objects.filter(stripe_id=stripe_id, removed_at=None)
    if not shown.exists():
        return
    kept = provider().retrieve_card(stripe_id)
    if kept is None:
        shown.update(removed_at=Now(), detached_at=Now())
    else:
        shown.update(**_look(kept))


def _look(kept: KeptCard) -> dict[str, Any]:
    return {name: getattr(kept, name) for name in ("fingerprint", "brand", "last4", "exp_month", "exp_year")}


def _remove(card: SavedCard) -> None:
    SavedCard.objects.filter(pk=card.pk).update(removed_at=Now())
    ring_on_commit("payments.tasks.detach_card", card.pk)
