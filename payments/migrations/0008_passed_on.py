"""What a companion laid out is passed on to her as a whole."""

from django.db import migrations, models

KINDS = {
    "payment": "Payment",
    "stripe_fee": "Stripe Fee",
    "hold": "Hold",
    "minute": "Minute",
    "compensation": "Compensation",
    "extra": "Extra",
    "settle_companion": "Settle Companion",
    "settle_fee": "Settle Fee",
    "release": "Release",
    "refund": "Refund",
    "refund_succeeded": "Refund Succeeded",
    "refund_failed": "Refund Failed",
}


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_no_account_of_all")]

    operations = [
        migrations.RemoveConstraint(model_name="transfer", name="transfer_kind_known"),
        migrations.AlterField(
            model_name="transfer", name="kind", field=models.CharField(choices=list(KINDS.items()), max_length=20)
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(condition=models.Q(kind__in=list(KINDS)), name="transfer_kind_known"),
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(fields=["credit"], condition=models.Q(kind="extra"), name="transfer_passed_on"),
        ),
    ]
