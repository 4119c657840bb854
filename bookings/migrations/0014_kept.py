"""What is kept of an order that did not come about is known. Of those closed before this nothing was."""

from django.db import migrations, models
from django.db.models import Q

from bookings.sql import install_functions

LEFT = ["cancelled", "no_show"]


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0013_visits"),
        ("payments", "0004_compensation"),
    ]

    operations = [
        migrations.AddField(
            model_name="booking",
            name="kept_fen",
            field=models.BigIntegerField(
                blank=True,
                help_text="What was not given back when it was cancelled or somebody did not come; None before such a "
                "thing.",
                null=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=Q(kept_fen=None)
                | Q(kept_fen=0, state__in=LEFT)
                | Q(hold_account__isnull=False, kept_fen__gt=0, state__in=LEFT),
                name="booking_kept_of_what_was_held",
            ),
        ),
        install_functions(),
    ]
