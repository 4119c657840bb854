"""Since when a question waits is kept for as long as it waits, and what its promise has had of the clock counts on."""

from django.db import migrations, models

from bookings.sql import install_functions

# Of what the row had forgotten: a wait that outlasted the promise began the promised time before the clock stopped.
REMEMBER = """
UPDATE bookings_booking SET asked_ms = awaiting_since_ms WHERE awaiting_since_ms IS NOT NULL;
UPDATE bookings_booking b
   SET asked_ms = s.at_ms - t.promise_ms
  FROM bookings_terms t
 CROSS JOIN LATERAL (SELECT at_ms FROM bookings_step WHERE booking_id = t.booking_id AND state = 'paused'
                      ORDER BY id DESC LIMIT 1) s
 WHERE t.booking_id = b.id AND b.state = 'paused' AND b.pause_reason = 'reply_overdue';
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("bookings", "0021_way_there")]

    operations = [
        migrations.AddField(
            model_name="booking",
            name="asked_ms",
            field=models.BigIntegerField(
                blank=True,
                help_text="The client's oldest message not yet replied to, also when it never was.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="booking",
            name="awaiting_since_ms",
            field=models.BigIntegerField(
                blank=True,
                help_text="From here the promise counts while the clock runs: as much later than asked_ms as the clock "
                "stood meanwhile. None once the promise has passed.",
                null=True,
            ),
        ),
        migrations.RunSQL(REMEMBER, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("asked_ms", None),
                    ("state__in", ["live", "paused", "ended", "exhausted", "settled"]),
                    _connector="OR",
                ),
                name="booking_asked_since_together",
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("awaiting_since_ms", None),
                    models.Q(("asked_ms__isnull", False), ("awaiting_since_ms__gte", models.F("asked_ms"))),
                    _connector="OR",
                ),
                name="booking_awaits_since_asked",
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("live", "paused")), _negated=True),
                    ("asked_ms", None),
                    ("awaiting_since_ms__isnull", False),
                    models.Q(("pause_reason", "reply_overdue"), ("state", "paused")),
                    _connector="OR",
                ),
                name="booking_asked_awaits",
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("pause_reason", "reply_overdue"), _negated=True),
                    models.Q(("asked_ms__isnull", False), ("awaiting_since_ms", None)),
                    _connector="OR",
                ),
                name="booking_overdue_was_asked",
            ),
        ),
        install_functions(),
    ]
