"""Parties: several clients at one order."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now

from parties.migrations import SEATS

GUARD = """
CREATE TRIGGER parties_seated BEFORE INSERT OR UPDATE ON parties_guest
    FOR EACH ROW EXECUTE FUNCTION parties_seated();
CREATE TRIGGER parties_sized BEFORE UPDATE OF size ON parties_party
    FOR EACH ROW EXECUTE FUNCTION parties_sized();
CREATE TRIGGER parties_gender_kept BEFORE UPDATE OF gender ON accounts_user
    FOR EACH ROW WHEN (OLD.gender IS DISTINCT FROM NEW.gender) EXECUTE FUNCTION parties_gender_kept();
"""
UNGUARD = """
DROP TRIGGER parties_gender_kept ON accounts_user;
DROP TRIGGER parties_sized ON parties_party;
DROP TRIGGER parties_seated ON parties_guest;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("bookings", "0035_shared_price"),
        ("listings", "0020_whom_she_meets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Party",
            fields=[
                (
                    "booking",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="party",
                        serialize=False,
                        to="bookings.booking",
                    ),
                ),
                (
                    "size",
                    models.PositiveSmallIntegerField(help_text="All clients at the table, who ordered among them."),
                ),
            ],
            options={
                "verbose_name_plural": "parties",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("size__gte", 2), ("size__lte", 4)), name="party_two_to_four"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Guest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("joined_at", models.DateTimeField(db_default=Now(), editable=False)),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="guests", to="parties.party"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("party", "user"), name="guest_one_seat")]},
        ),
        migrations.RunSQL(SEATS + GUARD, UNGUARD),
    ]
