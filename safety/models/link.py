from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Letter
from bookings.models import Booking

# As long as a mail server may take over its first answer.
LEAVING = timedelta(seconds=30)


class Link(models.Model):
    """A secret address at which anybody who has it reads how a meeting goes.

    It is found by the hash of its token. The token itself is kept sealed, because its owner must be able to hand the
    same address to one more person; it is erased when the link is taken back or dead.
    """

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    fingerprint = models.CharField(max_length=64, unique=True)
    sealed = models.BinaryField(null=True)
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["booking", "user"], condition=Q(revoked_at=None), name="safety_link_one_each"
            ),
            models.CheckConstraint(condition=Q(revoked_at=None) | Q(sealed=None), name="safety_link_revoked_is_empty"),
            models.CheckConstraint(condition=Q(fingerprint__regex=r"^[0-9a-f]{64}$"), name="safety_link_hash"),
        ]

    def __str__(self) -> str:
        return f"link of {self.user_id} for {self.booking_id}"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def sharing(self) -> "NoticeQuerySet":
        """Those that only share a link: nobody is alarmed by them."""
        return self.filter(alarm=None, all_clear=None)

    def of_calls(self) -> "NoticeQuerySet":
        """Those that tell of a call for help, or that who called is well."""
        return self.exclude(alarm=None, all_clear=None)


class Notice(models.Model):
    """A letter that went to somebody trusted instead of to the account it belongs to, and to whom.

    It shares the link, or tells of a call for help, or that who called is well.
    """

    letter = models.OneToOneField(Letter, on_delete=models.CASCADE, primary_key=True, related_name="+")
    link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="notices")
    alarm = models.ForeignKey("safety.Alarm", on_delete=models.PROTECT, null=True, related_name="notices")
    all_clear = models.ForeignKey("safety.AllClear", on_delete=models.PROTECT, null=True, related_name="notices")
    name = models.CharField(max_length=20)
    email = models.EmailField(blank=True, help_text="Erased once the letter has been sent or no longer will be.")

    objects: ClassVar[NoticeQuerySet] = NoticeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(alarm=None) | Q(all_clear=None), name="safety_notice_tells_one_thing"),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id} to {self.name}"

    @property
    def has_failed(self) -> bool:
        """It is not sent, and not on its way either: an attempt failed, or it no longer will be sent."""
        letter, now = self.letter, timezone.now()
        if letter.sent_at:
            return False
        is_leaving = letter.attempts == 1 and letter.tried_at and letter.tried_at > now - LEAVING
        is_past = letter.not_after is not None and letter.not_after <= now
        return is_past or (letter.attempts > 0 and not is_leaving)
