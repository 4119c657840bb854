"""Nobody acts on a clock that should stand and cannot be stopped; who is put off is found by his open orders."""

from django.db import migrations

from bookings.sql import install_functions


class Migration(migrations.Migration):
    dependencies = [("bookings", "0026_absences_to_come")]

    operations = [install_functions()]
