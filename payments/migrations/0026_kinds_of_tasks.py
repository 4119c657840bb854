"""What finance has to do: whose is what a bank gave back, and what is to be sent from our own bank."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0025_kinds_of_accounts")]

    operations = [
        migrations.AlterField(
            model_name="financetask",
            name="kind",
            field=models.CharField(
                choices=[
                    ("refund_failed", "A refund failed: the client's money is with us"),
                    ("payout_refused", "A payout was refused"),
                    ("dispute", "A payment is disputed: evidence is wanted"),
                    ("debt", "A companion owes us after a lost dispute"),
                    ("books_differ", "Books and payment provider differ"),
                    ("returned", "A bank gave back what was lost and shared out: whose is it?"),
                    ("to_send", "To be sent from our own bank"),
                ],
                max_length=20,
                verbose_name="Kind",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="financetask",
            name="finance_task_kind_known",
        ),
        AddConstraintNotValid(
            model_name="financetask",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["refund_failed", "payout_refused", "dispute", "debt", "books_differ", "returned", "to_send"],
                    )
                ),
                name="finance_task_kind_known",
            ),
        ),
    ]
