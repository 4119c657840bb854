"""What a booking said of whose turn it is, now said by its turn alone."""

from django.db import migrations

SAID_AGAIN = """
UPDATE bookings_booking b SET asked_ms = w.asked_ms, awaiting_since_ms = w.awaiting_since_ms
  FROM bookings_turn w WHERE w.booking_id = b.id;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("bookings", "0040_turn")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE bookings_booking VALIDATE CONSTRAINT booking_turn_in_its_phase", migrations.RunSQL.noop
        ),
        migrations.RunSQL(migrations.RunSQL.noop, SAID_AGAIN),
        migrations.RemoveField(model_name="booking", name="asked_ms"),
        migrations.RemoveField(model_name="booking", name="awaiting_since_ms"),
    ]
