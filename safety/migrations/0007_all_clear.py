"""Who asked for help can say that he is well: beside the call, which stays as it was made."""

from pathlib import Path

import django.db.models.deletion
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import migrations, models
from django.db.models import F, Q, Value

from bookings.models.ranges import MsRange

RULES = Path(__file__).resolve().parent / "sql" / "all_clear.sql"
BACKWARDS = """
DROP TRIGGER all_clear_stays ON safety_allclear;
DROP FUNCTION safety_all_clear_of_the_last() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("safety", "0006_whole_numbers")]

    operations = [
        migrations.CreateModel(
            name="AllClear",
            fields=[
                (
                    "alarm",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="all_clear",
                        serialize=False,
                        to="safety.alarm",
                    ),
                ),
                ("at_ms", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL(RULES.read_text(encoding="utf-8"), BACKWARDS),
        migrations.AddField(
            model_name="notice",
            name="all_clear",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notices",
                to="safety.allclear",
            ),
        ),
        migrations.RemoveConstraint(model_name="alarm", name="alarm_once_a_minute"),
        migrations.AddField(
            model_name="alarm",
            name="all_clears_before",
            field=models.PositiveSmallIntegerField(
                db_default=0, help_text="A call that comes after an all-clear is another one, however soon."
            ),
        ),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=ExclusionConstraint(
                name="alarm_once_a_minute",
                expressions=[
                    ("booking", "="),
                    ("user", "="),
                    ("all_clears_before", "="),
                    (MsRange("at_ms", F("at_ms") + 60_000, Value("[)")), "&&"),
                ],
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=Q(alarm=None) | Q(all_clear=None), name="safety_notice_tells_one_thing"
            ),
        ),
    ]
