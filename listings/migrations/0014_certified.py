from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("listings", "0013_locks")]

    operations = [
        migrations.AddConstraint(
            model_name="listing",
            constraint=models.CheckConstraint(
                condition=~Q(status="published", kind__in=["clinic"]) | Q(valid_until__isnull=False),
                name="listing_published_has_certificate",
            ),
        ),
    ]
