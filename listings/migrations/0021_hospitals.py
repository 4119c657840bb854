"""The shelf knows at which hospital one meets, and its words what else that hospital is called."""

from pathlib import Path

from django.db import migrations, models

HOSPITALS = (Path(__file__).resolve().parent.parent / "sql" / "hospitals.sql").read_text(encoding="utf-8")
# Without a table of hospitals nothing may fire that reads it.
FORGET = """
DROP TRIGGER IF EXISTS listings_hospital_came_or_went ON places_hospital;
DROP TRIGGER IF EXISTS listings_hospital_changed ON places_hospital;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0019_way_there"),
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
        migrations.RunSQL(HOSPITALS, FORGET),
    ]
