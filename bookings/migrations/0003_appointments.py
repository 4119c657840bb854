from pathlib import Path

import django.contrib.postgres.constraints
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import bookings.models.ranges

APPOINTMENTS = Path(__file__).resolve().parent / "sql" / "appointments.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0002_meter"),
        ("listings", "0004_taken_time"),
        ("payments", "0002_posting"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="booking",
            name="starts_ms",
            field=models.BigIntegerField(blank=True, help_text="When an appointment begins.", null=True),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("now", True), ("starts_ms", None)),
                    models.Q(("now", False), ("starts_ms__isnull", False)),
                    _connector="OR",
                ),
                name="booking_appointment_has_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("now", False), ("state", "accepted")),
                expressions=[
                    ("client", "="),
                    (
                        bookings.models.ranges.MsRange(
                            "starts_ms",
                            django.db.models.expressions.CombinedExpression(
                                models.F("starts_ms"), "+", models.F("granted_ms")
                            ),
                            models.Value("[)"),
                        ),
                        "&&",
                    ),
                ],
                name="booking_client_one_appointment",
            ),
        ),
        migrations.RunSQL(APPOINTMENTS.read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
