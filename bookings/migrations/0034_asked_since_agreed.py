"""What a client asked for before the two last agreed on a start no longer counts against him."""

from django.db import migrations

from bookings.sql import install_functions


class Migration(migrations.Migration):
    dependencies = [("bookings", "0033_code_entries_kept")]

    operations = [install_functions()]
