"""Nobody is on the shelf who was switched off while her listing was published."""

from pathlib import Path

from django.db import migrations

LOCKS = (Path(__file__).resolve().parent.parent / "sql" / "locks.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("listings", "0012_visits_end")]

    operations = [migrations.RunSQL(LOCKS, migrations.RunSQL.noop)]
