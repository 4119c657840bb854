"""Posting lags behind closed stretches as well, and no sweep waits for a row that somebody else has."""

from django.db import migrations

from bookings.sql import install_functions


class Migration(migrations.Migration):
    dependencies = [("bookings", "0017_live_since")]
    operations = [install_functions()]
