"""The kinds that 0020 allowed are looked at in all rows, while others read and write them."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0020_returned_and_by_hand")]

    operations = [
        ValidateConstraint("transfer", "transfer_kind_known"),
        ValidateConstraint("account", "account_kind_known"),
        ValidateConstraint("financetask", "finance_task_kind_known"),
    ]
