"""Of another start that was declined, by whom: to him it is told otherwise."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from bookings.sql import install_functions

GUARD = """
CREATE TRIGGER bookings_move_declined_by_asked BEFORE UPDATE OF declined_by_id ON bookings_move
    FOR EACH ROW WHEN (NEW.declined_by_id IS NOT NULL)
    EXECUTE FUNCTION bookings_move_declined_by_asked();
"""

UNGUARD = "DROP TRIGGER bookings_move_declined_by_asked ON bookings_move;"


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0036_agreed_by_all"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="move",
            name="declined_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Who of them would rather not; unknown of the oldest.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="move",
            constraint=models.CheckConstraint(
                condition=models.Q(("declined_by", None), ("state", "declined"), _connector="OR"),
                name="move_declined_by_who_declined",
            ),
        ),
        install_functions(),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
