"""The functions of the database, as they are now: each file holds CREATE OR REPLACE alone. See bookings/sql."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__).resolve().parent
FUNCTIONS = ("audit",)


def install_functions() -> migrations.RunSQL:
    files = [(HERE / f"{name}.sql").read_text(encoding="utf-8") for name in FUNCTIONS]
    return migrations.RunSQL("\n".join(["SET LOCAL check_function_bodies = off;", *files]), migrations.RunSQL.noop)
