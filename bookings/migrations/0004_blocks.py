"""What the database refuses to two people of whom one blocked the other."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("bookings", "0003_appointments"), ("accounts", "0003_block")]

    operations = [migrations.RunSQL((SQL / "blocks.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)]
