"""A call of the meter has its batch and no more, stops clocks without the ledger, and reads one booking by its key."""

from django.db import migrations

from bookings.sql import install_functions


class Migration(migrations.Migration):
    dependencies = [("bookings", "0023_kept_by_the_database")]

    operations = [install_functions()]
