from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("listings", "0010_shelf")]

    operations = [
        migrations.RunSQL((SQL / "shelve.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
