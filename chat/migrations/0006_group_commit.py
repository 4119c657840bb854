from django.db import migrations

from chat.sql import install_functions


class Migration(migrations.Migration):
    dependencies = [("chat", "0005_nothing_in_clear"), ("bookings", "0039_many_messages")]
    operations = [install_functions()]
