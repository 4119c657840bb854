"""Newcomers are people, not listings."""

from pathlib import Path

from django.db import migrations

NEWCOMERS = (Path(__file__).resolve().parent.parent / "sql" / "newcomers.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("listings", "0016_application_parts")]

    operations = [migrations.RunSQL(NEWCOMERS, migrations.RunSQL.noop)]
