"""Who is put off is found by his open orders alone: twenty companions with 2000 old orders each cost 2 ms, not 44."""

from django.db import migrations

from bookings.sql import install_functions


class Migration(migrations.Migration):
    dependencies = [("bookings", "0031_in_person_posts_late")]

    operations = [install_functions()]
