"""Appointments in person: the place is agreed with the rest, and she is in one place at a time."""

from django.conf import settings
from django.db import migrations, models

from bookings.sql import install_functions


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0012_time_on_top"),
        ("listings", "0015_names_one_line"),
        ("payments", "0002_posting"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="booking",
            name="booking_one_running_per_companion",
        ),
        migrations.AddField(
            model_name="terms",
            name="place",
            field=models.CharField(
                blank=True, default="", help_text="Where two meet who meet in person.", max_length=200
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ("live", "paused")), models.Q(("now", True), ("state", "accepted")), _connector="OR"
                ),
                fields=("companion",),
                name="booking_one_running_per_companion",
            ),
        ),
        install_functions(),
    ]
