"""Who decides a case of the highest priority says why, whichever way. So far only the code asked for that, and there is
no other way to decide one: none is without."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("moderation", "0007_parties")]

    operations = [
        migrations.AddConstraint(
            model_name="reviewcase",
            constraint=models.CheckConstraint(
                condition=~Q(priority=0, status__in=["approved", "rejected"]) | Q(reason__trim__length__gte=1),
                name="case_at_once_with_reason",
            ),
        ),
    ]
