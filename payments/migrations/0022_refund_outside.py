"""A refund may go past the provider. Its rows are looked at by 0027."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0021_outside")]

    operations = [
        migrations.AddField(
            model_name="refund",
            name="outside",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Where it went past Stripe.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refunds",
                to="payments.outside",
                verbose_name="Outside",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="refund",
            name="refund_sent_has_stripe_id",
        ),
        AddConstraintNotValid(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["requested", "failed"]),
                    ("stripe_id__isnull", False),
                    ("outside__isnull", False),
                    _connector="OR",
                ),
                name="refund_sent_has_id",
            ),
        ),
        AddConstraintNotValid(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outside", None), models.Q(("status", "succeeded"), ("stripe_id", None)), _connector="OR"
                ),
                name="refund_outside_is_done",
            ),
        ),
    ]
