"""What no form and no service can get around: when something can be asked for, and that it is decided once."""

from pathlib import Path

from django.db import migrations

RULES = Path(__file__).resolve().parent / "sql" / "rules.sql"
BACKWARDS = """
DROP FUNCTION extras_asked() CASCADE;
DROP FUNCTION extras_kept() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("extras", "0001_initial"), ("payments", "0008_passed_on")]

    operations = [migrations.RunSQL(RULES.read_text(encoding="utf-8"), BACKWARDS)]
