"""What a companion laid out is passed on in one movement: a second one would be another number of the same."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("payments", "0009_posting_by_number")]

    operations = [
        AddConstraintNotValid(
            "transfer",
            models.CheckConstraint(condition=~Q(kind="extra") | Q(seq=0), name="transfer_passed_on_once"),
        ),
        ValidateConstraint("transfer", "transfer_passed_on_once"),
    ]
