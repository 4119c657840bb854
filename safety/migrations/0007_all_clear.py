"""Who asked for help can say that he is well: beside the call, which stays as it was made.

On the way back the all-clears are lost, the calls and who was told are not: a letter of an all-clear counts as one of
its call, and calls that only an all-clear had kept apart stay apart.
"""

from pathlib import Path

import django.db.models.deletion
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import migrations, models
from django.db.models import F, Q, Value

from bookings.models.ranges import MsRange

SQL = Path(__file__).resolve().parent / "sql"
BACKWARDS = """
DROP TRIGGER all_clear_stays ON safety_allclear;
DROP FUNCTION safety_all_clear_of_the_last() CASCADE;
"""
DROP_ONCE = "ALTER TABLE safety_alarm DROP CONSTRAINT alarm_once_a_minute"
# Foreign keys that are still to be looked at would be in the way of what changes the tables.
LETTERS_OF_CALLS = """
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE safety_notice SET alarm_id = all_clear_id WHERE all_clear_id IS NOT NULL;
"""


def sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


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
        migrations.RunSQL(sql("all_clear"), BACKWARDS),
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
        migrations.RunSQL(migrations.RunSQL.noop, LETTERS_OF_CALLS),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(DROP_ONCE, sql("once_a_minute"))],
            state_operations=[migrations.RemoveConstraint(model_name="alarm", name="alarm_once_a_minute")],
        ),
        migrations.AddField(
            model_name="alarm",
            name="all_clears_before",
            field=models.PositiveSmallIntegerField(
                db_default=0, help_text="A call that comes after an all-clear is another one, however soon."
            ),
        ),
        migrations.RunSQL(sql("once_again"), migrations.RunSQL.noop),
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
