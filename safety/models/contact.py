from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from accounts.models import LINE_END, ONE_LINE, User

MOST_CONTACTS = 5
PHONE = r"^\+?[0-9]{3,15}$"


class TrustedContact(models.Model):
    """Somebody a person trusts, who need not have an account. A place of 1 to 5 each, so nobody has more."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="trusted_contacts", db_index=False
    )
    slot = models.PositiveSmallIntegerField()
    name = models.CharField(_("What you call them"), max_length=20, validators=[ONE_LINE])
    email = models.EmailField(_("E-mail"))
    phone = models.CharField(
        _("Phone"), max_length=16, blank=True, validators=[RegexValidator(PHONE, _("Please enter digits only."))]
    )
    added_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["slot"]
        constraints = [
            models.UniqueConstraint(fields=["user", "slot"], name="trusted_contact_place"),
            models.UniqueConstraint("user", Lower("email"), name="trusted_contact_address_once"),
            models.CheckConstraint(condition=Q(slot__range=(1, MOST_CONTACTS)), name="trusted_contact_at_most_5"),
            models.CheckConstraint(condition=Q(name__trim__length__gte=1), name="trusted_contact_has_name"),
            models.CheckConstraint(condition=~Q(name__regex=LINE_END), name="trusted_contact_name_one_line"),
            models.CheckConstraint(condition=Q(phone="") | Q(phone__regex=PHONE), name="trusted_contact_phone_digits"),
        ]

    def __str__(self) -> str:
        return self.name

    def is_one_of(self, user: User) -> bool:
        """Does this address or number lead to that user? With or without the country's code."""
        same_number = bool(self.phone and user.phone) and self.phone[-11:] == user.phone[-11:]
        return self.email.lower() == user.email.lower() or same_number
