"""What no service can get around: nobody is told of what is not his."""

from pathlib import Path

from django.db import migrations

RULES = Path(__file__).resolve().parent / "sql" / "rules.sql"
BACKWARDS = "DROP FUNCTION notices_to_whom_it_is_for() CASCADE"


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]

    operations = [migrations.RunSQL(RULES.read_text(encoding="utf-8"), BACKWARDS)]
