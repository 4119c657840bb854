"""Who cancelled is known. Of what was cancelled before this: a companion could only cancel what she had accepted, and
of those it was not written down, so they count as the client's."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


def fill(apps, schema_editor):
    apps.get_model("bookings", "Booking").objects.filter(state="cancelled").update(cancelled_by=F("client"))


class Migration(migrations.Migration):
    dependencies = [("bookings", "0005_replies"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AddField(
            model_name="booking",
            name="cancelled_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
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
                condition=Q(state="cancelled", cancelled_by__isnull=False)
                & (Q(cancelled_by=F("client")) | Q(cancelled_by=F("companion")))
                | (~Q(state="cancelled") & Q(cancelled_by=None)),
                name="booking_cancelled_by_one_of_two",
            ),
        ),
    ]
