"""A part of what is held can become the companion's although nothing was served."""

from django.db import migrations, models

KINDS = {
    "payment": "Payment",
    "stripe_fee": "Stripe Fee",
    "hold": "Hold",
    "minute": "Minute",
    "compensation": "Compensation",
    "settle_companion": "Settle Companion",
    "settle_fee": "Settle Fee",
    "release": "Release",
    "refund": "Refund",
    "refund_succeeded": "Refund Succeeded",
    "refund_failed": "Refund Failed",
}


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_saved_cards")]

    operations = [
        migrations.RemoveConstraint(model_name="transfer", name="transfer_kind_known"),
        migrations.AlterField(
            model_name="transfer", name="kind", field=models.CharField(choices=list(KINDS.items()), max_length=20)
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(condition=models.Q(kind__in=list(KINDS)), name="transfer_kind_known"),
        ),
    ]
