from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.db.models.functions import Now


class StripeEvent(models.Model):
    """A webhook as it came. Stored first, processed by a worker; its unique id makes a second delivery nothing."""

    id = models.CharField(primary_key=True, max_length=100)
    type = models.CharField(max_length=80)
    payload = models.JSONField()
    received_at = models.DateTimeField(db_default=Now(), editable=False)
    processed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now(), help_text="When it is tried (again).")
    error = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["attempts", "received_at"], condition=Q(processed_at=None), name="stripe_event_waiting"
            ),
            models.Index(KT("payload__data__object__id"), name="stripe_event_about"),
            models.Index(KT("payload__data__object__metadata__ref"), name="stripe_event_of_ref"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
