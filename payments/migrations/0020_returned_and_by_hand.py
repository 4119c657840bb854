"""What a bank gives back after its loss was shared out, and what somebody did at the provider by hand, are booked."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

FINAL = """
CREATE FUNCTION payments_by_hand_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was done by hand is final: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER payments_by_hand_final BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_byhand
    FOR EACH STATEMENT EXECUTE FUNCTION payments_by_hand_final();
"""
UNDO = """
DROP TRIGGER payments_by_hand_final ON payments_byhand;
DROP FUNCTION payments_by_hand_final();
"""


def let_finance_look(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A group that is there keeps what its admins gave it; what is new is given to it once, here."""
    group = apps.get_model("auth", "Group").objects.filter(name="finance").first()
    if group is None:
        return
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label="payments", model="byhand")
    may, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kind, codename="view_byhand", defaults={"name": "Can view by hand"}
    )
    group.permissions.add(may)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("payments", "0019_said_in_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ByHand",
            fields=[
                (
                    "source",
                    models.CharField(
                        help_text="Its id at the provider.",
                        max_length=100,
                        primary_key=True,
                        serialize=False,
                        verbose_name="Number at the provider",
                    ),
                ),
                ("ref", models.UUIDField(help_text="What it was done for.", verbose_name="Reference")),
                (
                    "seq",
                    models.PositiveSmallIntegerField(
                        help_text="Counts what was done for the reference from 1.", verbose_name="No."
                    ),
                ),
                ("amount", models.BigIntegerField(help_text="Fen, negative when it left.", verbose_name="Sum")),
                ("why", models.TextField(verbose_name="Reason")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="Written down at",
                    ),
                ),
            ],
            options={
                "verbose_name": "thing done by hand",
                "verbose_name_plural": "things done by hand",
            },
        ),
        migrations.AddField(
            model_name="dispute",
            name="answered",
            field=models.BigIntegerField(
                db_default=0,
                default=0,
                help_text="Which of these questions the newest answer here is to.",
                verbose_name="Question answered last",
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="asks",
            field=models.BigIntegerField(
                db_default=0, default=0, help_text="How often Stripe was asked about it.", verbose_name="Times asked"
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
                ],
                max_length=20,
                verbose_name="Kind",
            ),
        ),
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
                ],
                max_length=20,
                verbose_name="Kind",
            ),
        ),
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
                    ("hand_payout", "Paid out by hand"),
                    ("hand_back", "Fetched back by hand"),
                ],
                max_length=20,
                verbose_name="Kind",
            ),
        ),
        migrations.AddField(
            model_name="byhand",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="Who answers for it",
            ),
        ),
        migrations.AddField(
            model_name="byhand",
            name="refund",
            field=models.OneToOneField(
                blank=True,
                help_text="What it is here when it sent back the payer's own; else the platform bears it.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="by_hand",
                to="payments.refund",
                verbose_name="Refund",
            ),
        ),
        migrations.AddConstraint(
            model_name="byhand",
            constraint=models.UniqueConstraint(fields=("ref", "seq"), name="by_hand_ref_seq"),
        ),
        migrations.AddConstraint(
            model_name="byhand",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount", 0), _negated=True), name="by_hand_moves_money"
            ),
        ),
        migrations.AddConstraint(
            model_name="byhand",
            constraint=models.CheckConstraint(
                condition=models.Q(("why", ""), _negated=True), name="by_hand_has_reason"
            ),
        ),
        migrations.RunSQL(FINAL, UNDO),
        migrations.RunPython(let_finance_look, migrations.RunPython.noop),
    ]
