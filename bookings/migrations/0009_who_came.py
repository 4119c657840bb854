"""Who did not come is known. Before this, everybody's first words were the companion's to say.

The client's running appointments now stand in the way of accepting another for the same time. Where one of each is
there already, this migration is refused as a whole and can be run again once the running one has ended.
"""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import migrations, models
from django.db.models import F, Q, Value

from bookings.models.ranges import MsRange

SQL = Path(__file__).resolve().parent / "sql" / "came.sql"


def fill(apps, schema_editor):
    apps.get_model("bookings", "Booking").objects.filter(state="no_show").update(missed_by=F("companion"))


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0008_reviews_kept"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="booking", name="booking_client_one_appointment"),
        migrations.AddField(
            model_name="booking",
            name="came_ms",
            field=models.BigIntegerField(
                blank=True,
                help_text="The companion's first words since the agreed time, "
                "when the client's other order held up the clock.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="booking",
            name="hindered",
            field=models.BooleanField(
                default=False, help_text="She would have accepted, but one of the two was taken."
            ),
        ),
        migrations.AddField(
            model_name="booking",
            name="missed_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Who did not come to a no-show; nobody if the chat was not opened in time.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=Q(missed_by=None)
                | Q(state="no_show") & (Q(missed_by=F("client")) | Q(missed_by=F("companion"))),
                name="booking_missed_by_one_of_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=Q(came_ms=None) | Q(now=False, came_ms__gte=F("starts_ms")), name="booking_came_when_agreed"
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=ExclusionConstraint(
                condition=Q(now=False, state__in=("accepted", "live", "paused")),
                expressions=[
                    ("client", "="),
                    (MsRange("starts_ms", F("starts_ms") + F("granted_ms"), Value("[)")), "&&"),
                ],
                name="booking_client_one_appointment",
            ),
        ),
        migrations.RunSQL(SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
