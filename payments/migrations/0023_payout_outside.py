"""A payout may go past the provider. Its rows are looked at by 0027."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0022_refund_outside")]

    operations = [
        migrations.AddField(
            model_name="payout",
            name="outside",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Where it went past Stripe.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payouts",
                to="payments.outside",
                verbose_name="Outside",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="payout",
            name="payout_sent_has_stripe_id",
        ),
        AddConstraintNotValid(
            model_name="payout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outside", None), ("status", "sent"), ("stripe_id__isnull", False)),
                    models.Q(("outside__isnull", False), ("reversed", 0), ("status", "sent"), ("stripe_id", None)),
                    models.Q(models.Q(("status", "sent"), _negated=True), ("outside", None), ("stripe_id", None)),
                    _connector="OR",
                ),
                name="payout_sent_has_id",
            ),
        ),
    ]
