"""What a bank gives back after its loss was shared out, and what somebody did at the provider by hand, are booked."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.apps.registry import Apps
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
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
        ("payments", "0017_asked_anew"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ByHand",
            fields=[
                (
                    "source",
                    models.CharField(
                        help_text="Its id at the provider.", max_length=100, primary_key=True, serialize=False
                    ),
                ),
                ("ref", models.UUIDField(help_text="What it was done for.")),
                ("seq", models.PositiveSmallIntegerField(help_text="Counts what was done for the reference from 1.")),
                ("amount", models.BigIntegerField(help_text="Fen, negative when it left.")),
                ("why", models.TextField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                "verbose_name_plural": "done by hand",
            },
        ),
        migrations.RemoveConstraint(
            model_name="account",
            name="account_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="financetask",
            name="finance_task_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="transfer",
            name="transfer_kind_known",
        ),
        migrations.AddField(
            model_name="dispute",
            name="answered",
            field=models.BigIntegerField(
                db_default=0, default=0, help_text="Which of these questions the newest answer here is to."
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="asks",
            field=models.BigIntegerField(db_default=0, default=0, help_text="How often Stripe was asked about it."),
        ),
        migrations.AlterField(
            model_name="account",
            name="kind",
            field=models.CharField(
                choices=[
                    ("stripe_clearing", "Stripe Clearing"),
                    ("stripe_fees", "Stripe Fees"),
                    ("platform_fee", "Platform Fee"),
                    ("prepay", "Prepay"),
                    ("hold", "Hold"),
                    ("earned", "Earned"),
                    ("payable", "Payable"),
                    ("refund_pending", "Refund Pending"),
                    ("payout_pending", "Payout Pending"),
                    ("dispute_reserve", "Dispute Reserve"),
                    ("dispute_loss", "Dispute Loss"),
                    ("by_hand", "By Hand"),
                ],
                max_length=20,
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
            ),
        ),
        migrations.AlterField(
            model_name="transfer",
            name="kind",
            field=models.CharField(
                choices=[
                    ("payment", "Payment"),
                    ("stripe_fee", "Stripe Fee"),
                    ("hold", "Hold"),
                    ("minute", "Minute"),
                    ("compensation", "Compensation"),
                    ("extra", "Extra"),
                    ("settle_companion", "Settle Companion"),
                    ("settle_fee", "Settle Fee"),
                    ("release", "Release"),
                    ("refund", "Refund"),
                    ("refund_succeeded", "Refund Succeeded"),
                    ("refund_failed", "Refund Failed"),
                    ("payout", "Payout"),
                    ("payout_sent", "Payout Sent"),
                    ("payout_failed", "Payout Failed"),
                    ("payout_reversed", "Payout Reversed"),
                    ("dispute", "Dispute"),
                    ("dispute_fee", "Dispute Fee"),
                    ("dispute_won", "Dispute Won"),
                    ("dispute_fee_back", "Dispute Fee Back"),
                    ("dispute_late", "Dispute Late"),
                    ("dispute_won_late", "Dispute Won Late"),
                    ("lost_prepay", "Lost Prepay"),
                    ("lost_companion", "Lost Companion"),
                    ("lost_fee", "Lost Fee"),
                    ("lost_platform", "Lost Platform"),
                    ("hand_refund", "Hand Refund"),
                    ("hand_payout", "Hand Payout"),
                    ("hand_back", "Hand Back"),
                ],
                max_length=20,
            ),
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
                        ],
                    )
                ),
                name="account_kind_known",
            ),
        ),
        ValidateConstraint("account", "account_kind_known"),
        AddConstraintNotValid(
            model_name="financetask",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["refund_failed", "payout_refused", "dispute", "debt", "books_differ", "returned"])
                ),
                name="finance_task_kind_known",
            ),
        ),
        ValidateConstraint("financetask", "finance_task_kind_known"),
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
                            "hand_payout",
                            "hand_back",
                        ],
                    )
                ),
                name="transfer_kind_known",
            ),
        ),
        ValidateConstraint("transfer", "transfer_kind_known"),
        migrations.AddField(
            model_name="byhand",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
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
