"""A new key seals the tokens of links again: their rows allow it."""

from pathlib import Path

from django.db import migrations

RESEAL = Path(__file__).resolve().parent / "sql" / "reseal.sql"


class Migration(migrations.Migration):
    dependencies = [("safety", "0003_both_are_parties")]

    # Backwards the looser rule stays: the stricter one would refuse nothing that is there.
    operations = [migrations.RunSQL(RESEAL.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
