"""The functions of the database, as they are now: each file here that is named below holds CREATE OR REPLACE alone.

A migration that changes some of them installs all again. On a new database the first one installs today's at once,
which may speak of columns that come later: their bodies are not looked at before they are called.
"""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__).resolve().parent
FUNCTIONS = (
    "clock",
    "price",
    "meter",
    "turns",
    "phases",
    "messages",
    "absence",
    "segments",
    "granted",
    "extending",
    "timers",
    "final",
    "moving",
    "meets",
    "codes",
    "shares",
)


def install_functions() -> migrations.RunSQL:
    files = [(HERE / f"{name}.sql").read_text(encoding="utf-8") for name in FUNCTIONS]
    return migrations.RunSQL("\n".join(["SET LOCAL check_function_bodies = off;", *files]), migrations.RunSQL.noop)
