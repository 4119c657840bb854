"""What is measured of a companion, to be shown: null while there is not enough yet."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0006_keeping"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="companion",
            name="acceptance_pm",
            field=models.PositiveSmallIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="companion",
            name="completion_pm",
            field=models.PositiveSmallIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="companion",
            name="figures_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="companion",
            name="on_time_pm",
            field=models.PositiveSmallIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="companion",
            name="reply_median_ms",
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="companion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("acceptance_pm", None), ("acceptance_pm__lte", 1000), _connector="OR"),
                    models.Q(("on_time_pm", None), ("on_time_pm__lte", 1000), _connector="OR"),
                    models.Q(("completion_pm", None), ("completion_pm__lte", 1000), _connector="OR"),
                ),
                name="companion_shares_permille",
            ),
        ),
    ]
