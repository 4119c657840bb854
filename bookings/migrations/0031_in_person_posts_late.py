"""An end in person may be known two hours late, so that is how far behind the clock its minutes are posted."""

from django.db import migrations

from bookings.sql import install_functions


class Migration(migrations.Migration):
    dependencies = [("bookings", "0030_code_entries")]

    operations = [install_functions()]
