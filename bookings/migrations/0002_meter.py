"""What the database does by itself: transitions, the timeline, the meter, the turn of the talk."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent / "sql"
ALLOWED = {
    "awaiting_payment": ["requested", "expired", "cancelled"],
    "requested": ["accepted", "declined", "expired", "cancelled"],
    "accepted": ["live", "cancelled", "no_show"],
    "live": ["paused", "ended", "exhausted"],
    "paused": ["live", "ended"],
    "ended": ["settled"],
    "exhausted": ["settled"],
}


def fill_transitions(apps, schema_editor):
    pairs = [(before, after) for before, afters in ALLOWED.items() for after in afters]
    with schema_editor.connection.cursor() as cursor:
        cursor.executemany("INSERT INTO bookings_transition VALUES (%s, %s)", pairs)


def run_file(name):
    return migrations.RunSQL((SQL / name).read_text(encoding="utf-8"), migrations.RunSQL.noop)


class Migration(migrations.Migration):
    dependencies = [("bookings", "0001_initial"), ("payments", "0002_posting")]

    operations = [
        run_file("lifecycle.sql"),
        migrations.RunPython(fill_transitions, migrations.RunPython.noop),
        run_file("meter.sql"),
        run_file("turns.sql"),
    ]
