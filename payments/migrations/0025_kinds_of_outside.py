"""Movements by which they are booked, in the order in which a posting takes the two tables."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0024_payout_outside")]

    operations = [
        migrations.AlterField(
            model_name="transfer",
            name="kind",
            field=models.CharField(
                choices=[
                    ("payment", "Paid by the client"),
                    ("stripe_fee", "Fee for the payment"),
                    ("hold", "Set aside for the order"),
                    ("minute", "Minutes served"),
                    ("compensation", "Compensation"),
                    ("extra", "Laid out for the client"),
                    ("settle_companion", "The companion's part"),
                    ("settle_fee", "The platform's part"),
                    ("release", "Not used, free again"),
                    ("refund", "Refund asked for"),
                    ("refund_succeeded", "Refund arrived"),
                    ("refund_failed", "Refund failed"),
                    ("payout", "Payout asked for"),
                    ("payout_sent", "Payout sent"),
                    ("payout_failed", "Payout failed"),
                    ("payout_reversed", "Payout fetched back"),
                    ("dispute", "Taken by the bank"),
                    ("dispute_fee", "Fee for the dispute"),
                    ("dispute_won", "Given back by the bank"),
                    ("dispute_fee_back", "Fee for the dispute given back"),
                    ("dispute_late", "Taken by the bank after the loss was shared"),
                    ("dispute_won_late", "Given back by the bank after the loss was shared"),
                    ("lost_prepay", "Lost: was the client's own still"),
                    ("lost_companion", "Lost: the companion's part"),
                    ("lost_fee", "Lost: the platform's part"),
                    ("lost_platform", "Lost: borne by the platform"),
                    ("hand_refund", "Sent back by hand"),
                    ("hand_refund_failed", "Sent back by hand, and it failed"),
                    ("hand_payout", "Paid out by hand"),
                    ("hand_back", "Fetched back by hand"),
                    ("debt_paid", "Paid back by the companion"),
                    ("debt_let_go", "Owed by the companion, and let go"),
                ],
                max_length=20,
                verbose_name="Kind",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="transfer",
            name="transfer_kind_known",
        ),
        AddConstraintNotValid(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "payment",
                            "stripe_fee",
                            "hold",
                            "minute",
                            "compensation",
                            "extra",
                            "settle_companion",
                            "settle_fee",
                            "release",
                            "refund",
                            "refund_succeeded",
                            "refund_failed",
                            "payout",
                            "payout_sent",
                            "payout_failed",
                            "payout_reversed",
                            "dispute",
                            "dispute_fee",
                            "dispute_won",
                            "dispute_fee_back",
                            "dispute_late",
                            "dispute_won_late",
                            "lost_prepay",
                            "lost_companion",
                            "lost_fee",
                            "lost_platform",
                            "hand_refund",
                            "hand_refund_failed",
                            "hand_payout",
                            "hand_back",
                            "debt_paid",
                            "debt_let_go",
                        ],
                    )
                ),
                name="transfer_kind_known",
            ),
        ),
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
