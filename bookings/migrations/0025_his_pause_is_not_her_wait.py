"""The time of a client's own pause is no reply time; a question of a clock that was set back keeps nobody out."""

from django.db import migrations

from bookings.sql import install_functions


class Migration(migrations.Migration):
    dependencies = [("bookings", "0024_parts_of_a_batch")]

    operations = [install_functions()]
