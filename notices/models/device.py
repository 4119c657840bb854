from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User

MOST_DEVICES = 5
LONGEST_ENDPOINT = 1000


class DeviceQuerySet(models.QuerySet["Device"]):
    def signed_in(self) -> "DeviceQuerySet":
        """Those whose session has not ended."""
        living = Session.objects.filter(expire_date__gt=timezone.now())
        return self.filter(session_key__in=living.values("session_key"))


class Device(models.Model):
    """A browser that shows notices to somebody for as long as he is signed in there.

    It belongs to the session that asked for it. That is kept by its key, not a hash of it: the key lies in the table
    of sessions anyway, and by a hash none is found there. `mark` is the hash of a cookie by which the browser is known
    when its person signs in again.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="devices")
    endpoint = models.CharField(max_length=LONGEST_ENDPOINT, unique=True, help_text="Whoever knows it can send there.")
    p256dh = models.CharField(max_length=90, help_text="The browser's public key, URL-safe base64.")
    auth = models.CharField(max_length=24)
    label = models.CharField(max_length=40, help_text="What its person calls it by: browser and system.")
    session_key = models.CharField(max_length=40, db_index=True)
    password_mark = models.CharField(max_length=64, help_text="Of the password it was signed in with.")
    mark = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    signed_in_at = models.DateTimeField(db_default=Now())

    rests_until_ms = models.BigIntegerField(null=True, help_text="Its push service wants to hear nothing until then.")

    objects = DeviceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(endpoint__regex="^https?://[^/]"), name="device_endpoint_is_address"),
            models.CheckConstraint(condition=Q(p256dh__regex="^[A-Za-z0-9_-]{87}=?$"), name="device_key_of_65_bytes"),
            models.CheckConstraint(condition=Q(auth__regex="^[A-Za-z0-9_-]{22}(==)?$"), name="device_secret_16_bytes"),
            models.CheckConstraint(condition=Q(mark__regex="^[0-9a-f]{64}$"), name="device_mark_is_hash"),
            models.CheckConstraint(condition=~Q(session_key=""), name="device_has_session"),
            models.CheckConstraint(condition=Q(rests_until_ms__gt=0), name="device_rests_until_a_moment"),
        ]

    def __str__(self) -> str:
        return self.label

    def is_of(self, user: User) -> bool:
        """False once the password was changed elsewhere: the session is none any more, though its row is there."""
        return self.user_id == user.pk and self.password_mark == user.get_session_auth_hash()
