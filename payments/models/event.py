from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from common.clock import moment


class StripeEvent(models.Model):
    """A webhook as it came. Stored first, processed by a worker; its unique id makes a second delivery nothing."""

    id = models.CharField(_("Id"), primary_key=True, max_length=100)
    type = models.CharField(_("Kind"), max_length=80)
    payload = models.JSONField(_("Content"))
    received_at = models.DateTimeField(_("Received at"), db_default=Now(), editable=False)
    processed_at = models.DateTimeField(_("Taken in at"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("Attempts"), default=0)
    due_at = models.DateTimeField(_("Due at"), db_default=Now(), help_text="When it is tried (again).")
    error = models.TextField(_("Error"), blank=True, default="")

    class Meta:
        verbose_name = _("event of Stripe")
        verbose_name_plural = _("events of Stripe")
        indexes = [
            models.Index(
                fields=["attempts", "received_at"], condition=Q(processed_at=None), name="stripe_event_waiting"
            ),
            models.Index(KT("payload__data__object__id"), name="stripe_event_about"),
            models.Index(KT("payload__data__object__metadata__ref"), name="stripe_event_of_ref"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"

    @property
    def happened_at(self) -> datetime:
        """By Stripe's clock: webhooks come in any order. One that does not say counts from when it came."""
        created = self.payload.get("created")
        return moment(created * 1000) if created else self.received_at
