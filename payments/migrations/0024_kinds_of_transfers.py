"""How money may move: by hand, outside, and after a loss was shared. Its rows are looked at by 0027."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0023_payout_outside")]

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
    ]
