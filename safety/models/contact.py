import re

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from accounts.models import LINE_END, ONE_LINE, User

MOST_CONTACTS = 5
# A mobile number or one with its area's code, of the mainland, with or without +86; any other country's with its code.
MOBILE = "1[3-9][0-9]{9}"
LANDLINE = "(10|2[0-9]|[3-9][0-9]{2})[0-9]{7,8}"
PHONE = rf"^((\+86)?({MOBILE}|0{LANDLINE})|\+86{LANDLINE}|\+(?!86)[1-9][0-9]{{6,14}})$"
WRONG_NUMBER = _(
    "This is not a whole phone number. A mobile number has 11 digits, a landline needs its area code (021 1234 5678), "
    "a number abroad its country's code with a plus (+49 …)."
)


class TrustedContact(models.Model):
    """Somebody a person trusts, who need not have an account. A place of 1 to 5 each, so nobody has more."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="trusted_contacts", db_index=False
    )
    slot = models.PositiveSmallIntegerField()
    name = models.CharField(_("What you call them"), max_length=20, validators=[ONE_LINE])
    email = models.EmailField(_("E-mail"))
    phone = models.CharField(
        _("Phone number"), max_length=16, blank=True, validators=[RegexValidator(PHONE, WRONG_NUMBER)]
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
            models.CheckConstraint(condition=Q(phone="") | Q(phone__regex=PHONE), name="trusted_contact_phone_whole"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def can_be_called(self) -> bool:
        """Not where the number is from a time that took anything with three digits."""
        return re.match(PHONE, self.phone) is not None

    def is_one_of(self, user: User) -> bool:
        """Does this address or number lead to that user? With or without the country's code."""
        same_number = bool(self.phone and user.phone) and self.phone[-11:] == user.phone[-11:]
        return self.email.lower() == user.email.lower() or same_number
