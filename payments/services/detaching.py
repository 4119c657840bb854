"""What follows from a card that was removed: nothing that is open is charged to it any more, and Stripe forgets it."""

from django.db.models.functions import Now

from payments.gateway import provider
from payments.models import Payment, SavedCard
from payments.services.ways import close_checkout


def detach_card(*, card_id: int) -> None:
    """Closes the charges of a removed card that wait for its holder, then tells Stripe to forget it.

    Money that was taken before is written down. Raises ProviderUnavailable: it is told later, then.
    """
    card = SavedCard.objects.get(pk=card_id)
    if card.removed_at is None or card.detached_at is not None:
        return
    SavedCard.objects.filter(pk=card.pk).update(asked_at=Now())
    for payment in Payment.objects.payable().filter(card=card):
        close_checkout(payment=payment)
    provider().detach_card(payment_method_id=card.stripe_id, key=f"detach-{card.pk}-{card.stripe_id}")
    SavedCard.objects.filter(pk=card.pk).update(detached_at=Now())
