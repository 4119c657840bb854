"""A kept photo belongs to a form, not to the booking: of one booking several are kept.

The table is made anew, as its key changes; what stood in it is good for half an hour, and can be sent again.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0035_shared_price"),
        ("extras", "0004_kept_receipt"),
    ]

    operations = [
        migrations.DeleteModel(name="KeptReceipt"),
        migrations.CreateModel(
            name="KeptReceipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("request_key", models.UUIDField(help_text="The form's.")),
                ("photo", models.BinaryField()),
                ("kept_ms", models.BigIntegerField(help_text="Epoch ms by the database's clock.")),
                (
                    "booking",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="bookings.booking",
                    ),
                ),
            ],
            options={
                "verbose_name": "kept receipt",
                "indexes": [models.Index(fields=["kept_ms"], name="kept_receipt_to_go")],
                "constraints": [
                    models.UniqueConstraint(fields=("booking", "request_key"), name="kept_receipt_once"),
                    models.CheckConstraint(
                        condition=models.Q(("photo", b""), _negated=True), name="kept_receipt_not_empty"
                    ),
                ],
            },
        ),
    ]
