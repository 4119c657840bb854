"""A code that a page sends again because no answer came is one try."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0029_whom_she_meets"),
    ]

    operations = [
        migrations.CreateModel(
            name="CodeEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("request_key", models.UUIDField(help_text="Made when it was typed.")),
                ("purpose", models.CharField(choices=[("start", "Start"), ("end", "End")], max_length=5)),
                (
                    "age_ms",
                    models.BigIntegerField(help_text="How long before it came it was typed, by her phone's word."),
                ),
                ("came_ms", models.BigIntegerField()),
                (
                    "refusal",
                    models.CharField(
                        blank=True, help_text="The error's code; none when it was the right one.", max_length=20
                    ),
                ),
                (
                    "booking",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="code_entries", to="bookings.booking"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "code entries",
                "constraints": [
                    models.UniqueConstraint(fields=("booking", "request_key"), name="code_entry_once"),
                    models.CheckConstraint(condition=models.Q(("age_ms__gte", 0)), name="code_entry_typed_before"),
                    models.CheckConstraint(
                        condition=models.Q(("purpose__in", ["start", "end"])), name="code_entry_purpose_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("refusal__in", ["", "wrong_code", "code_replaced"])),
                        name="code_entry_refusal_known",
                    ),
                ],
            },
        ),
    ]
