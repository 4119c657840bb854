"""What no form and no service can get around: whose words they are, and that calls for help stay as they were made."""

from pathlib import Path

from django.db import migrations

RULES = Path(__file__).resolve().parent / "sql" / "rules.sql"
BACKWARDS = """
DROP FUNCTION safety_of_the_two() CASCADE;
DROP FUNCTION safety_stays() CASCADE;
DROP FUNCTION safety_link_only_dies() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("safety", "0001_initial")]

    operations = [migrations.RunSQL(RULES.read_text(encoding="utf-8"), BACKWARDS)]
