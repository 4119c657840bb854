from django.db import migrations

from chat.sql import install_functions


class Migration(migrations.Migration):
    dependencies = [("chat", "0006_group_commit")]
    operations = [install_functions()]
