from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

MINUTES_A_DAY = 24 * 60


class Mail(models.TextChoices):
    """When a notice also comes by e-mail."""

    OTHERWISE = "otherwise", _("When no device of mine was reached")
    ALWAYS = "always", _("Always")
    NEVER = "never", _("Never")


class Preference(models.Model):
    """How somebody wants to be told. Who never said has no row, and the defaults. Minutes are of the site's day."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="notice_preference"
    )
    mail_messages = models.CharField(max_length=9, choices=Mail, default=Mail.OTHERWISE)
    mail_orders = models.CharField(max_length=9, choices=Mail, default=Mail.OTHERWISE)
    quiet_from_min = models.PositiveSmallIntegerField(null=True, blank=True)
    quiet_until_min = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(mail_messages__in=Mail.values, mail_orders__in=Mail.values), name="preference_mail_known"
            ),
            models.CheckConstraint(
                condition=Q(quiet_from_min=None, quiet_until_min=None)
                | Q(quiet_from_min__isnull=False, quiet_until_min__isnull=False)
                & Q(quiet_from_min__range=(0, MINUTES_A_DAY - 1), quiet_until_min__range=(0, MINUTES_A_DAY - 1))
                & ~Q(quiet_from_min=F("quiet_until_min")),
                name="preference_quiet_from_until",
                violation_error_message=_("Please fill in two different times, or neither."),
            ),
        ]

    def __str__(self) -> str:
        return f"notices to {self.user_id}"
