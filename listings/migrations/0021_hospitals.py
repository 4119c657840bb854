"""The shelf knows at which hospital one meets, and its words what else that hospital is called."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"
HOSPITALS = (SQL / "hospitals.sql").read_text(encoding="utf-8")
# Back: the functions as they were before, which speak neither of the column nor of the table.
BEFORE = """
DROP TRIGGER listings_hospital_came_or_went ON places_hospital;
DROP TRIGGER listings_hospital_changed ON places_hospital;
DROP FUNCTION listings_hospital_changed();
""" + (SQL / "newcomers.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0020_whom_she_meets"),
        ("places", "0001_hospitals"),
    ]

    operations = [
        migrations.AddField(
            model_name="shelfentry",
            name="hospital",
            field=models.CharField(db_default="", max_length=60),
        ),
        migrations.AddIndex(
            model_name="shelfentry",
            index=models.Index(
                condition=models.Q(("hospital", ""), _negated=True), fields=["hospital"], name="shelf_hospital"
            ),
        ),
        migrations.RunSQL(HOSPITALS, BEFORE),
    ]
