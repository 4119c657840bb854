"""One tick does all that is due, however late it is; and the meter's statement calls no function for each row."""

from django.db import migrations

from bookings.sql import install_functions


class Migration(migrations.Migration):
    dependencies = [("bookings", "0019_final_rows")]

    operations = [install_functions()]
