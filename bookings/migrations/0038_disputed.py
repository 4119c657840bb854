"""An order that was closed because a payer's bank wanted the money back costs nobody anything."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("bookings", "0037_who_declined")]

    operations = [
        migrations.AddField(
            model_name="booking",
            name="disputed",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Closed because a payer's bank wanted the money back: it costs nobody anything, or what ran "
                "was ended.",
            ),
        ),
        AddConstraintNotValid(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=Q(disputed=False)
                | Q(state__in=("ended", "exhausted", "settled"))
                | Q(state="cancelled") & (Q(kept_fen=None) | Q(kept_fen=0)),
                name="booking_disputed_keeps_nothing",
            ),
        ),
        ValidateConstraint("booking", "booking_disputed_keeps_nothing"),
    ]
