"""Whom a companion meets in person: anyone, until she says otherwise."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0019_way_there"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="companion",
            name="meets",
            field=models.CharField(
                choices=[("anyone", "Anyone"), ("female", "Only women"), ("male", "Only men")],
                db_default="anyone",
                default="anyone",
                max_length=8,
                verbose_name="Whom I meet in person",
            ),
        ),
        migrations.AddConstraint(
            model_name="companion",
            constraint=models.CheckConstraint(
                condition=models.Q(("meets__in", ["anyone", "female", "male"])), name="companion_meets_known"
            ),
        ),
    ]
