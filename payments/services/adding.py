"""Leaving a card at Stripe without paying: a page of its own, and what became of it."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from payments.errors import CustomerUnknown, KeyTaken, TooManyCards
from payments.gateway import provider
from payments.gateway.values import CardPage
from payments.models import CardSetup, StripeCustomer
from payments.services.cards import save_card
from payments.services.customers import customer_of, lose_customer

MOST_AN_HOUR = 10
HOUR = timedelta(hours=1)
# So long Stripe keeps a page open, and a key in mind.
LONGEST = timedelta(hours=24)


def card_page_url(*, user: User, success_url: str, cancel_url: str) -> str:
    """Where the user leaves a card. Stripe writes the page's id into `success_url` for {CHECKOUT_SESSION_ID}.

    Call it outside any transaction: Stripe is asked here. Raises TooManyCards after MOST_AN_HOUR within an hour,
    ProviderUnavailable when Stripe does not answer.
    """
    setup = _begun(user)
    try:
        page = _opened(setup, success_url, cancel_url)
    except (KeyTaken, CustomerUnknown):
        # The site's address is another one than a moment ago, or Stripe has forgotten who pays.
        CardSetup.objects.filter(pk=setup.pk, session_id=None).update(status=CardSetup.Status.CLOSED)
        setup = _begun(user)
        page = _opened(setup, success_url, cancel_url)
    CardSetup.objects.filter(pk=setup.pk, session_id=None).update(session_id=page.id)
    return page.url


@transaction.atomic
def _begun(user: User) -> CardSetup:
    """One whose page Stripe was asked for in vain is asked for again, with its key: so it is opened once."""
    StripeCustomer.objects.get_or_create(user=user)
    # Of two taps at once the second counts the first.
    StripeCustomer.objects.select_for_update().get(user=user)
    lately = CardSetup.objects.filter(user=user, created_at__gt=timezone.now() - HOUR)
    unanswered = lately.filter(status=CardSetup.Status.OPEN, session_id=None).first()
    if unanswered is None and lately.count() >= MOST_AN_HOUR:
        raise TooManyCards
    return unanswered or CardSetup.objects.create(user=user)


def _opened(setup: CardSetup, success_url: str, cancel_url: str) -> CardPage:
    customer_id = customer_of(user=setup.user)
    urls = {"success_url": success_url, "cancel_url": cancel_url}
    try:
        return provider().create_card_page(
            marks=setup.marks, customer_id=customer_id, **urls, key=setup.idempotency_key
        )
    except CustomerUnknown:
        lose_customer(user=setup.user, customer_id=customer_id)
        raise


def sync_card_setup(*, setup: CardSetup) -> CardSetup:
    """Asks Stripe what became of the page and writes the card down, once. The webhook and the return both come here."""
    CardSetup.objects.filter(pk=setup.pk).update(asked_at=Now())
    if setup.session_id is not None:
        return _apply(setup.pk, provider().retrieve_card_page(setup.session_id))
    if setup.created_at < timezone.now() - LONGEST:
        CardSetup.objects.filter(pk=setup.pk, session_id=None).update(status=CardSetup.Status.CLOSED)
    return CardSetup.objects.get(pk=setup.pk)


def card_page_changed(*, page_id: str, marks: dict[str, str]) -> None:
    """A webhook spoke of the page. The process that opened it may have died before it could write its id down."""
    with suppress(ValueError):
        mine = CardSetup.objects.filter(pk=UUID(marks.get("card_setup", "")), session_id=None)
        mine.update(session_id=page_id)
    for setup in CardSetup.objects.filter(session_id=page_id):
        sync_card_setup(setup=setup)


@transaction.atomic
def _apply(setup_id: UUID, page: CardPage) -> CardSetup:
    setup = CardSetup.objects.select_for_update().get(pk=setup_id)
    if page.status == "open" or setup.status == CardSetup.Status.KEPT:
        return setup
    setup.card = save_card(user_id=setup.user_id, kept=page.card) if page.card else None
    setup.status = CardSetup.Status.KEPT if setup.card else CardSetup.Status.CLOSED
    setup.save(update_fields=["card", "status"])
    return setup
