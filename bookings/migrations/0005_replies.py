"""How long each question waited is written down, and what may have changed a figure is found by its time."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).resolve().parent / "sql"
JUDGED = ("accepted", "settled", "declined", "expired", "cancelled", "no_show")


class Migration(migrations.Migration):
    dependencies = [("bookings", "0004_blocks"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="Reply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_ms", models.BigIntegerField()),
                ("replied_ms", models.BigIntegerField()),
                (
                    "booking",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="replies", to="bookings.booking"
                    ),
                ),
                (
                    "companion",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "replies",
                "indexes": [models.Index(fields=["companion", "replied_ms"], name="reply_of_companion")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("replied_ms__gte", models.F("asked_ms"))), name="reply_after_question"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="step",
            index=models.Index(condition=models.Q(("state__in", JUDGED)), fields=["at_ms"], name="step_judged"),
        ),
        migrations.RunSQL((SQL / "replies.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
