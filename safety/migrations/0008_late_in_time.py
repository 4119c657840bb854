"""What is said about being late can still come true. What was said before stays."""

from pathlib import Path

from django.db import migrations

RULES = Path(__file__).resolve().parent / "sql" / "late_in_time.sql"


class Migration(migrations.Migration):
    dependencies = [("safety", "0007_all_clear"), ("bookings", "0027_no_clock_runs_on_unseen")]

    operations = [
        migrations.RunSQL(RULES.read_text(encoding="utf-8"), "DROP FUNCTION safety_late_in_time() CASCADE"),
    ]
