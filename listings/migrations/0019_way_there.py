"""Before a promise somewhere lies the way there.

What is promised already has none until bookings.0021: only there is it known where two meet.
"""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.functions.comparison
from django.db import migrations, models

import listings.models.taken


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0018_headline_terms"),
    ]

    operations = [
        migrations.AddField(
            model_name="takentime",
            name="sets_off_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="takentime",
            constraint=models.CheckConstraint(
                condition=models.Q(("sets_off_at__lte", models.F("starts_at"))), name="taken_time_way_before"
            ),
        ),
        migrations.AddConstraint(
            model_name="takentime",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("companion", "="),
                    (
                        listings.models.taken.TimeRange(
                            django.db.models.functions.comparison.Coalesce("sets_off_at", "starts_at"),
                            "ends_at",
                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                        ),
                        "&&",
                    ),
                ],
                name="taken_time_way",
            ),
        ),
    ]
