"""What the database holds reviews to."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent / "sql" / "reviews.sql"


class Migration(migrations.Migration):
    dependencies = [("bookings", "0007_reviews")]

    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
