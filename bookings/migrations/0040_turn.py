"""Whose turn it is in a row of its own: nearly each message writes it, and a booking's row is expensive to write.

The way back to the release before is `migrate bookings 0038` with this one: that one then installs its own functions
with its 0039.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Case, F, Q, Value, When

from bookings.sql import install_functions

GONE = """
DROP FUNCTION IF EXISTS bookings_take(integer, bigint, uuid[], boolean);
DROP FUNCTION IF EXISTS bookings_stands(text, bigint, bigint, bigint);
DROP FUNCTION IF EXISTS bookings_turns(bookings_booking, boolean, bigint);
DROP FUNCTION IF EXISTS bookings_turn(bookings_booking, boolean, bigint, bigint);
DROP FUNCTION IF EXISTS bookings_waited_live_ms(bookings_booking);
DROP FUNCTION IF EXISTS bookings_note_reply(bookings_booking, bigint);
"""
# Adding the phase has the table locked until this is over: nobody writes a booking meanwhile.
MOVE = """
ALTER TABLE bookings_turn SET (fillfactor = 50);
INSERT INTO bookings_turn (booking_id, phase, asked_ms, awaiting_since_ms)
SELECT id, phase, asked_ms, awaiting_since_ms FROM bookings_booking;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""
FOLLOW = """
CREATE TRIGGER bookings_phase_begins AFTER INSERT ON bookings_booking
    FOR EACH ROW EXECUTE FUNCTION bookings_follow_phase();
CREATE TRIGGER bookings_phase_follows AFTER UPDATE ON bookings_booking
    FOR EACH ROW WHEN (OLD.phase IS DISTINCT FROM NEW.phase) EXECUTE FUNCTION bookings_follow_phase();
ALTER TABLE bookings_booking ADD CONSTRAINT booking_turn_in_its_phase
    FOREIGN KEY (id, phase) REFERENCES bookings_turn (booking_id, phase) DEFERRABLE INITIALLY DEFERRED NOT VALID;
"""
NOT_FOLLOWED = """
ALTER TABLE bookings_booking DROP CONSTRAINT booking_turn_in_its_phase;
DROP TRIGGER bookings_phase_follows ON bookings_booking;
DROP TRIGGER bookings_phase_begins ON bookings_booking;
"""


class Migration(migrations.Migration):
    dependencies = [("bookings", "0039_many_messages")]

    operations = [
        migrations.AddField(
            model_name="booking",
            name="phase",
            field=models.GeneratedField(
                db_persist=True,
                expression=Case(
                    When(pause_reason="reply_overdue", then=Value("overdue")),
                    When(state__in=("live", "paused"), then=Value("together")),
                    When(state__in=("ended", "exhausted", "settled"), then=Value("over")),
                    default=Value("apart"),
                ),
                output_field=models.CharField(
                    choices=[
                        ("apart", "Apart"),
                        ("together", "Together"),
                        ("overdue", "Overdue"),
                        ("over", "Over"),
                    ],
                    max_length=8,
                ),
            ),
        ),
        migrations.CreateModel(
            name="Turn",
            fields=[
                (
                    "booking",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="bookings.booking",
                    ),
                ),
                (
                    "phase",
                    models.CharField(
                        choices=[
                            ("apart", "Apart"),
                            ("together", "Together"),
                            ("overdue", "Overdue"),
                            ("over", "Over"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "asked_ms",
                    models.BigIntegerField(
                        blank=True,
                        help_text="The client's oldest message not yet replied to, also when it never was.",
                        null=True,
                    ),
                ),
                (
                    "awaiting_since_ms",
                    models.BigIntegerField(
                        blank=True,
                        help_text="From here the promise counts while the clock runs: as much later than asked_ms as "
                        "the clock stood meanwhile. None once the promise has passed.",
                        null=True,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("booking", "phase"), name="turn_in_its_phase"),
                    models.CheckConstraint(
                        condition=Q(phase__in=["apart", "together"], asked_ms=None, awaiting_since_ms=None)
                        | Q(phase="together", asked_ms__isnull=False, awaiting_since_ms__isnull=False)
                        & Q(awaiting_since_ms__gte=F("asked_ms"))
                        | Q(phase="overdue", asked_ms__isnull=False, awaiting_since_ms=None)
                        | Q(phase="over", awaiting_since_ms=None),
                        name="turn_as_its_phase",
                    ),
                ],
            },
        ),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.RunSQL(GONE, migrations.RunSQL.noop),
        install_functions(),
        migrations.RunSQL(FOLLOW, NOT_FOLLOWED),
        # The turn's own says it all; these ask columns that nobody writes any more.
        migrations.RemoveConstraint(model_name="booking", name="booking_awaits_while_together"),
        migrations.RemoveConstraint(model_name="booking", name="booking_asked_since_together"),
        migrations.RemoveConstraint(model_name="booking", name="booking_awaits_since_asked"),
        migrations.RemoveConstraint(model_name="booking", name="booking_asked_awaits"),
        migrations.RemoveConstraint(model_name="booking", name="booking_overdue_was_asked"),
    ]
