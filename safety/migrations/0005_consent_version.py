"""Which wording of the consent a position was sent along under."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("safety", "0004_reseal")]

    operations = [
        migrations.AddField(
            model_name="position",
            name="version",
            field=models.CharField(db_default="2026-11", help_text="The wording that was agreed to.", max_length=10),
        ),
    ]
