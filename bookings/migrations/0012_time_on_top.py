"""Time paid on top is a step of the booking's story."""

from django.db import migrations, models

from bookings.sql import install_functions


class Migration(migrations.Migration):
    dependencies = [("bookings", "0011_extensions_and_codes")]

    operations = [
        migrations.AddField(
            model_name="step",
            name="minutes",
            field=models.PositiveIntegerField(help_text="Of time paid on top, or asked for.", null=True),
        ),
        install_functions(),
    ]
