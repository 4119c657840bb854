"""The functions of the database are in parties/sql, as they are now; a migration that changes some installs all."""

from pathlib import Path

SEATS = (Path(__file__).resolve().parent.parent / "sql" / "seats.sql").read_text(encoding="utf-8")
