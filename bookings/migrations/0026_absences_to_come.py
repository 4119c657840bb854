"""The database tells when an absence will count, by the terms of each order."""

from django.db import migrations

from bookings.sql import install_functions


class Migration(migrations.Migration):
    dependencies = [("bookings", "0025_his_pause_is_not_her_wait")]

    operations = [install_functions()]
