"""What 0022 to 0026 allowed is looked at in all rows, while others read and write them."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0026_kinds_of_tasks")]

    operations = [
        ValidateConstraint("transfer", "transfer_kind_known"),
        ValidateConstraint("account", "account_kind_known"),
        ValidateConstraint("refund", "refund_sent_has_id"),
        ValidateConstraint("refund", "refund_outside_is_done"),
        ValidateConstraint("payout", "payout_sent_has_id"),
        ValidateConstraint("financetask", "finance_task_kind_known"),
    ]
