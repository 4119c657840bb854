"""A contact's number is one that can be called. Numbers from before stay as they are, unchecked and marked on their
owner's page: which one was meant only he knows, and whoever changes such a contact puts it right."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.core.validators import RegexValidator
from django.db import migrations, models
from django.db.models import Q

MOBILE = "1[3-9][0-9]{9}"
LANDLINE = "(10|2[0-9]|[3-9][0-9]{2})[0-9]{7,8}"
PHONE = rf"^((\+86)?({MOBILE}|0{LANDLINE})|\+86{LANDLINE}|\+(?!86)[1-9][0-9]{{6,14}})$"
WRONG_NUMBER = (
    "This is not a whole phone number. A mobile number has 11 digits, a landline needs its area code (021 1234 5678), "
    "a number abroad its country's code with a plus (+49 …)."
)


class Migration(migrations.Migration):
    dependencies = [("safety", "0005_consent_version")]

    operations = [
        migrations.RemoveConstraint(model_name="trustedcontact", name="trusted_contact_phone_digits"),
        migrations.AlterField(
            model_name="trustedcontact",
            name="phone",
            field=models.CharField(
                blank=True, max_length=16, validators=[RegexValidator(PHONE, WRONG_NUMBER)], verbose_name="Phone number"
            ),
        ),
        AddConstraintNotValid(
            "trustedcontact",
            models.CheckConstraint(condition=Q(phone="") | Q(phone__regex=PHONE), name="trusted_contact_phone_whole"),
        ),
    ]
