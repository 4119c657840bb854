"""Cases with more than one side: neither reads or decides them."""

from pathlib import Path

from django.conf import settings
from django.db import migrations, models

PARTIES = Path(__file__).resolve().parent / "sql" / "parties.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0006_settled"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="reviewcase",
            name="parties",
            field=models.ManyToManyField(blank=True, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.RunSQL(PARTIES.read_text(encoding="utf-8"), "DROP FUNCTION moderation_no_party_decides() CASCADE"),
    ]
