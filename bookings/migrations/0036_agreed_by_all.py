"""Another start needs the agreement of everybody who has paid a part of the order."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from bookings.sql import install_functions

GUARD = """
CREATE TRIGGER bookings_move_agreed_by_all BEFORE UPDATE OF state ON bookings_move
    FOR EACH ROW WHEN (OLD.state = 'open' AND NEW.state = 'agreed')
    EXECUTE FUNCTION bookings_move_agreed_by_all();
CREATE TRIGGER bookings_move_agreement_begins BEFORE INSERT ON bookings_moveagreement
    FOR EACH ROW EXECUTE FUNCTION bookings_move_agreement_begins();
CREATE TRIGGER bookings_move_agreement_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON bookings_moveagreement
    FOR EACH STATEMENT EXECUTE FUNCTION bookings_move_kept();
"""

UNGUARD = """
DROP TRIGGER bookings_move_agreement_kept ON bookings_moveagreement;
DROP TRIGGER bookings_move_agreement_begins ON bookings_moveagreement;
DROP TRIGGER bookings_move_agreed_by_all ON bookings_move;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0035_shared_price"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MoveAgreement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at_ms", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "move",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="agreements", to="bookings.move"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("move", "by"), name="move_agreed_once_each")],
            },
        ),
        install_functions(),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
