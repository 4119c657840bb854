"""Whose seat was taken back comes no more, and nobody comes and goes without end."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from parties.migrations import SEATS

GUARD = """
CREATE TRIGGER parties_invitee_kept BEFORE UPDATE OR DELETE ON parties_invitee
    FOR EACH ROW EXECUTE FUNCTION parties_invitee_kept();
INSERT INTO parties_invitee (booking_id, user_id, joins, removed)
    SELECT party_id, user_id, 1, false FROM parties_guest ON CONFLICT DO NOTHING;
"""
UNGUARD = "DROP TRIGGER parties_invitee_kept ON parties_invitee;"


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0002_kept"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Invitee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("joins", models.PositiveSmallIntegerField()),
                ("removed", models.BooleanField(default=False)),
                (
                    "booking",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="invitees", to="bookings.booking"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("booking", "user"), name="invitee_once"),
                    models.CheckConstraint(
                        condition=models.Q(("joins__gte", 1), ("joins__lte", 6)), name="guest_joins_bounded"
                    ),
                ]
            },
        ),
        migrations.RunSQL(SEATS + GUARD, UNGUARD),
    ]
