"""The database tells when an absence will count, by the terms of each order."""

from django.db import migrations

from bookings.sql import install_functions


class Migration(migrations.Migration):
    dependencies = [("bookings", "0023_kept_by_the_database")]

    operations = [install_functions()]
