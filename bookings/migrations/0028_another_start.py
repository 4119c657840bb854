"""Another start of an appointment, by agreement; and from which start late cancelling is counted then."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from bookings.sql import install_functions

GUARD = """
CREATE TRIGGER bookings_move_begins BEFORE INSERT ON bookings_move
    FOR EACH ROW EXECUTE FUNCTION bookings_move_begins();
CREATE TRIGGER bookings_move_final BEFORE UPDATE ON bookings_move
    FOR EACH ROW WHEN (
        OLD.state <> 'open'
        OR (OLD.id, OLD.booking_id, OLD.request_key, OLD.proposed_by_id, OLD.from_ms, OLD.to_ms, OLD.late_start_ms,
            OLD.proposed_ms, OLD.expires_ms)
           IS DISTINCT FROM
           (NEW.id, NEW.booking_id, NEW.request_key, NEW.proposed_by_id, NEW.from_ms, NEW.to_ms, NEW.late_start_ms,
            NEW.proposed_ms, NEW.expires_ms))
    EXECUTE FUNCTION bookings_move_final();
CREATE TRIGGER bookings_move_kept BEFORE DELETE ON bookings_move
    FOR EACH STATEMENT EXECUTE FUNCTION bookings_move_kept();
-- At the end of the transaction: it is decided first, and what was agreed allows the booking to move.
CREATE CONSTRAINT TRIGGER bookings_agreed_is_moved AFTER UPDATE OF state ON bookings_move
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'agreed')
    EXECUTE FUNCTION bookings_agreed_is_moved();

CREATE TRIGGER bookings_start_agreed BEFORE UPDATE OF starts_ms, late_start_ms ON bookings_booking
    FOR EACH ROW WHEN ((OLD.starts_ms, OLD.late_start_ms) IS DISTINCT FROM (NEW.starts_ms, NEW.late_start_ms))
    EXECUTE FUNCTION bookings_start_agreed();
CREATE TRIGGER bookings_lapse_move AFTER UPDATE OF state ON bookings_booking
    FOR EACH ROW WHEN (OLD.state = 'accepted' AND NEW.state <> 'accepted') EXECUTE FUNCTION bookings_lapse_move();

-- Not `told`.
DROP TRIGGER bookings_step_final ON bookings_step;
CREATE TRIGGER bookings_step_final
    BEFORE UPDATE OF id, booking_id, state, pause_reason, minutes, move_id, at_ms OR DELETE ON bookings_step
    FOR EACH STATEMENT EXECUTE FUNCTION bookings_step_final();
"""

UNGUARD = """
DROP TRIGGER bookings_step_final ON bookings_step;
CREATE TRIGGER bookings_step_final
    BEFORE UPDATE OF id, booking_id, state, pause_reason, minutes, at_ms OR DELETE ON bookings_step
    FOR EACH STATEMENT EXECUTE FUNCTION bookings_step_final();
DROP TRIGGER bookings_lapse_move ON bookings_booking;
DROP TRIGGER bookings_start_agreed ON bookings_booking;
DROP TRIGGER bookings_agreed_is_moved ON bookings_move;
DROP TRIGGER bookings_move_kept ON bookings_move;
DROP TRIGGER bookings_move_final ON bookings_move;
DROP TRIGGER bookings_move_begins ON bookings_move;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0027_no_clock_runs_on_unseen"),
        ("listings", "0019_way_there"),
        ("payments", "0007_no_account_of_all"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Move",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("request_key", models.UUIDField(help_text="Made with the form: a second click is the same proposal.")),
                ("from_ms", models.BigIntegerField()),
                ("to_ms", models.BigIntegerField()),
                (
                    "late_start_ms",
                    models.BigIntegerField(
                        editable=False,
                        help_text="The start that late cancelling goes on being counted from, if it does.",
                        null=True,
                    ),
                ),
                ("proposed_ms", models.BigIntegerField()),
                ("expires_ms", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("agreed", "Agreed"),
                            ("declined", "Declined"),
                            ("dropped", "Dropped"),
                            ("lapsed", "Lapsed"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("decided_ms", models.BigIntegerField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name="booking",
            name="late_start_ms",
            field=models.BigIntegerField(
                blank=True,
                help_text="An earlier start that late cancelling is still counted from: its client moved it too late.",
                null=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=models.Q(("late_start_ms", None), ("now", False), _connector="OR"),
                name="booking_late_start_of_appointment",
            ),
        ),
        migrations.AddField(
            model_name="move",
            name="booking",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="moves", to="bookings.booking"
            ),
        ),
        migrations.AddField(
            model_name="move",
            name="proposed_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="step",
            name="move",
            field=models.ForeignKey(
                db_index=False,
                help_text="What it tells of.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="bookings.move",
            ),
        ),
        migrations.AddIndex(
            model_name="move",
            index=models.Index(condition=models.Q(("state", "open")), fields=["expires_ms"], name="move_to_lapse"),
        ),
        migrations.AddConstraint(
            model_name="move",
            constraint=models.UniqueConstraint(fields=("booking", "request_key"), name="move_request_once"),
        ),
        migrations.AddConstraint(
            model_name="move",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("booking",), name="move_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="move",
            constraint=models.CheckConstraint(
                condition=models.Q(("to_ms", models.F("from_ms")), _negated=True), name="move_elsewhere"
            ),
        ),
        migrations.AddConstraint(
            model_name="move",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("expires_ms__gt", models.F("proposed_ms")),
                    ("expires_ms__lte", models.F("from_ms")),
                    ("expires_ms__lte", models.F("to_ms")),
                ),
                name="move_expires_before_both",
            ),
        ),
        migrations.AddConstraint(
            model_name="move",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_ms", None), ("state", "open")),
                    models.Q(("decided_ms__isnull", False), ("state__in", ["agreed", "declined", "dropped", "lapsed"])),
                    _connector="OR",
                ),
                name="move_decided_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="move",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "agreed"), _negated=True),
                    ("decided_ms__lt", models.F("expires_ms")),
                    _connector="OR",
                ),
                name="move_agreed_in_time",
            ),
        ),
        install_functions(),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
