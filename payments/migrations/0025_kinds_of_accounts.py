"""On whose accounts it may lie. A table of its own at a time: some post with accounts in hand, some reach for them."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0024_kinds_of_transfers")]

    operations = [
        migrations.AlterField(
            model_name="account",
            name="kind",
            field=models.CharField(
                choices=[
                    ("stripe_clearing", "At the payment provider"),
                    ("stripe_fees", "Fees of the payment provider"),
                    ("platform_fee", "Share of the platform"),
                    ("prepay", "Prepaid by clients"),
                    ("hold", "Held for an order"),
                    ("earned", "Earned in an order"),
                    ("payable", "Owed to companions"),
                    ("refund_pending", "On its way back to clients"),
                    ("payout_pending", "On its way to companions"),
                    ("dispute_reserve", "Taken by banks in disputes"),
                    ("dispute_loss", "Lost in disputes"),
                    ("by_hand", "Done by hand, at the platform's cost"),
                    ("own_bank", "At a bank account of our own"),
                ],
                max_length=20,
                verbose_name="Kind",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="account",
            name="account_kind_known",
        ),
        AddConstraintNotValid(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "stripe_clearing",
                            "stripe_fees",
                            "platform_fee",
                            "prepay",
                            "hold",
                            "earned",
                            "payable",
                            "refund_pending",
                            "payout_pending",
                            "dispute_reserve",
                            "dispute_loss",
                            "by_hand",
                            "own_bank",
                        ],
                    )
                ),
                name="account_kind_known",
            ),
        ),
    ]
