"""Evidence that was refused can be sent again: under another key."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0015_adding_cards"),
    ]

    operations = [
        migrations.AddField(
            model_name="dispute",
            name="evidence_attempt",
            field=models.PositiveSmallIntegerField(default=1, help_text="Part of the idempotency key."),
        ),
    ]
