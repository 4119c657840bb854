"""Who a payer is at Stripe, and the cards that are kept there for the next payment."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Max, Q
from django.db.models.functions import Greatest, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# Stripe's words whose title case is not how the brand writes itself.
BRANDS = {"amex": "American Express", "diners": "Diners Club", "jcb": "JCB", "unionpay": _("UnionPay")}


class StripeCustomer(models.Model):
    """One payer's customer at Stripe. The row, and with it the idempotency key, is there before Stripe is asked."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("Whose"),
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="stripe_customer",
    )
    key = models.UUIDField(_("Key"), default=uuid4, help_text="The idempotency key of its creation.")
    stripe_id = models.CharField(_("Id at Stripe"), max_length=100, null=True, unique=True)
    created_at = models.DateTimeField(_("Created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("payer at Stripe")
        verbose_name_plural = _("payers at Stripe")

    def __str__(self) -> str:
        return f"customer of user {self.user_id}"

    @property
    def idempotency_key(self) -> str:
        return f"customer-{self.key}"


class SavedCardQuerySet(models.QuerySet["SavedCard"]):
    def of(self, user: object) -> "SavedCardQuerySet":
        """Those the user has and has not removed, newest first."""
        return self.filter(user=user, removed_at=None).order_by("-created_at", "-pk")

    def last_used_first(self) -> "SavedCardQuerySet":
        """By when each was last paid with; it was left in a payment, or to pay with it."""
        used = Greatest("created_at", Max("payments__succeeded_at"))
        return self.annotate(used_at=used).order_by("-used_at", "-pk")


class SavedCard(models.Model):
    """A card that Stripe keeps for a payer. A removed one is shown to nobody from that moment; Stripe is told later."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("Whose"), on_delete=models.PROTECT, related_name="saved_cards"
    )
    stripe_id = models.CharField(_("Id at Stripe"), max_length=100, unique=True, help_text="The payment method.")
    fingerprint = models.CharField(
        _("Fingerprint"),
        max_length=100,
        blank=True,
        default="",
        help_text="The same for the same card number, whenever it was typed in.",
    )
    brand = models.CharField(_("Brand"), max_length=40)
    last4 = models.CharField(_("Last digits"), max_length=4)
    exp_month = models.PositiveSmallIntegerField(_("Expiry month"))
    exp_year = models.PositiveSmallIntegerField(_("Expiry year"))
    created_at = models.DateTimeField(_("Created at"), db_default=Now(), editable=False)
    removed_at = models.DateTimeField(_("Removed at"), null=True, blank=True)
    detached_at = models.DateTimeField(
        _("Forgotten by Stripe at"), null=True, blank=True, help_text="When Stripe forgot it too."
    )
    asked_at = models.DateTimeField(
        _("Last asked about at"), null=True, blank=True, help_text="When Stripe was last asked to forget it."
    )

    objects = SavedCardQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved card")
        verbose_name_plural = _("saved cards")
        constraints = [
            models.CheckConstraint(condition=Q(exp_month__gte=1, exp_month__lte=12), name="saved_card_month"),
            models.CheckConstraint(
                condition=Q(detached_at=None) | Q(removed_at__isnull=False), name="saved_card_detached_is_removed"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], condition=Q(removed_at=None), name="saved_card_shown"),
            models.Index(
                fields=["removed_at"],
                condition=Q(removed_at__isnull=False, detached_at=None),
                name="saved_card_to_detach",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand} •••• {self.last4}"

    @property
    def label(self) -> str:
        """What its holder knows it by, in the reader's language."""
        return f"{BRANDS.get(self.brand, self.brand.title())} •••• {self.last4}"

    @property
    def expiry(self) -> str:
        """As it stands on the card."""
        return f"{self.exp_month:02}/{self.exp_year % 100:02}"

    @property
    def is_expired(self) -> bool:
        """The last month that stands on it is over."""
        today = timezone.localdate()
        return (self.exp_year, self.exp_month) < (today.year, today.month)


class CardSetup(models.Model):
    """A payer leaves a card at Stripe without paying. The row, and with it the idempotency key, is there before Stripe
    is asked for the page."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        KEPT = "kept", _("kept")
        CLOSED = "closed", _("closed")

    id = models.UUIDField(_("Id"), primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("Whose"), on_delete=models.PROTECT, related_name="card_setups"
    )
    status = models.CharField(_("State"), max_length=12, choices=Status, default=Status.OPEN)
    session_id = models.CharField(_("Payment page"), max_length=100, null=True, unique=True)
    card = models.ForeignKey(
        SavedCard,
        verbose_name=_("Card"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="setups",
        help_text="What was left.",
    )
    created_at = models.DateTimeField(_("Created at"), db_default=Now(), editable=False)
    asked_at = models.DateTimeField(
        _("Last asked about at"), null=True, blank=True, help_text="When Stripe was last asked about it."
    )

    class Meta:
        verbose_name = _("page to leave a card on")
        verbose_name_plural = _("pages to leave a card on")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=["open", "kept", "closed"]), name="card_setup_status_known"),
            models.CheckConstraint(
                condition=Q(status="kept", card__isnull=False, session_id__isnull=False)
                | (~Q(status="kept") & Q(card=None)),
                name="card_setup_kept_has_card",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="card_setup_lately"),
            models.Index(fields=["asked_at"], condition=Q(status="open"), name="card_setup_open"),
        ]

    def __str__(self) -> str:
        return f"card of user {self.user_id}, {self.status}"

    @property
    def marks(self) -> dict[str, str]:
        """What webhooks tell us again, so that a page nobody has written down finds its way here."""
        return {"card_setup": str(self.pk)}

    @property
    def idempotency_key(self) -> str:
        return f"card-setup-{self.pk}"
