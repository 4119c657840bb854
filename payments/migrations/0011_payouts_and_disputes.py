"""Companions are paid, and payers' banks may ask for money back."""

import uuid

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_consent"),
        ("payments", "0010_passed_on_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BankPayout",
            fields=[
                ("stripe_id", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("amount", models.BigIntegerField(help_text="Fen.")),
                ("status", models.CharField(max_length=12)),
                ("failure_code", models.CharField(blank=True, default="", max_length=60)),
                ("bank", models.CharField(blank=True, default="", max_length=8)),
                ("created_at", models.DateTimeField()),
                ("arrives_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Dispute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ref", models.UUIDField(help_text="The payment's reference.")),
                ("seq", models.PositiveSmallIntegerField(help_text="Counts the disputes of the reference from 1.")),
                ("stripe_id", models.CharField(max_length=100, unique=True)),
                ("amount", models.BigIntegerField(help_text="Fen.")),
                ("reason", models.CharField(max_length=60)),
                ("status", models.CharField(help_text="In Stripe's words.", max_length=40)),
                (
                    "outcome",
                    models.CharField(
                        choices=[("open", "Open"), ("won", "Won"), ("lost", "Lost")], default="open", max_length=8
                    ),
                ),
                ("is_inquiry", models.BooleanField(default=False, help_text="The bank only asks: no money has moved.")),
                ("due_at", models.DateTimeField(blank=True, help_text="Until when Stripe takes evidence.", null=True)),
                (
                    "entries",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="The lines of Stripe's book that are in ours, as they came: ids.",
                    ),
                ),
                (
                    "evidence",
                    models.JSONField(
                        blank=True, default=dict, help_text="What is sent to the bank, by Stripe's names."
                    ),
                ),
                (
                    "evidence_asked_at",
                    models.DateTimeField(blank=True, help_text="When somebody decided to send it.", null=True),
                ),
                ("evidence_sent_at", models.DateTimeField(blank=True, null=True)),
                (
                    "opened_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("booked_at", models.DateTimeField(blank=True, help_text="When the loss was shared out.", null=True)),
                (
                    "asked_at",
                    models.DateTimeField(blank=True, help_text="When Stripe was last asked about it.", null=True),
                ),
            ],
            options={
                "permissions": [("answer_dispute", "Can send evidence in disputes")],
            },
        ),
        migrations.CreateModel(
            name="Earning",
            fields=[
                ("ref", models.UUIDField(primary_key=True, serialize=False)),
                ("amount", models.BigIntegerField(help_text="Fen, after the platform's share.")),
                (
                    "kept",
                    models.BigIntegerField(default=0, help_text="Fen that make good for a dispute that was lost."),
                ),
                (
                    "settled_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("due_at", models.DateTimeField()),
                (
                    "released_at",
                    models.DateTimeField(blank=True, help_text="When all that is left of it was sent off.", null=True),
                ),
                (
                    "stopped",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Why it waits for finance: the reason of a refused transfer.",
                        max_length=60,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FinanceTask",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("refund_failed", "A refund failed: the client's money is with us"),
                            ("payout_refused", "A payout was refused"),
                            ("dispute", "A payment is disputed: evidence is wanted"),
                            ("debt", "A companion owes us after a lost dispute"),
                            ("books_differ", "Books and payment provider differ"),
                        ],
                        max_length=20,
                    ),
                ),
                ("key", models.CharField(help_text="What of its kind it is about.", max_length=80)),
                ("ref", models.UUIDField(blank=True, help_text="The reference it is about.", null=True)),
                ("note", models.TextField(blank=True, default="", help_text="What was found, as finance reads it.")),
                (
                    "opened_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Payout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.PositiveSmallIntegerField(help_text="Counts the payouts of the reference from 1.")),
                ("amount", models.BigIntegerField(help_text="Fen.")),
                ("reversed", models.BigIntegerField(default=0, help_text="Fen that were fetched back, or are being.")),
                (
                    "status",
                    models.CharField(
                        choices=[("requested", "Requested"), ("sent", "Sent"), ("failed", "Failed")],
                        default="requested",
                        max_length=12,
                    ),
                ),
                ("account_id", models.CharField(help_text="The companion's account it goes to.", max_length=100)),
                ("attempt", models.PositiveSmallIntegerField(default=1, help_text="Part of the idempotency key.")),
                ("stripe_id", models.CharField(max_length=100, null=True, unique=True)),
                ("failure_reason", models.CharField(blank=True, default="", max_length=60)),
                (
                    "requested_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("changed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "asked_at",
                    models.DateTimeField(blank=True, help_text="When Stripe was last asked for it.", null=True),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PayoutAccount",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="payout_account",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, help_text="The idempotency key of its creation.")),
                ("country", models.CharField(max_length=2)),
                ("stripe_id", models.CharField(max_length=100, null=True, unique=True)),
                ("details_submitted", models.BooleanField(default=False)),
                ("can_receive", models.BooleanField(default=False, help_text="Transfers reach it.")),
                ("can_withdraw", models.BooleanField(default=False, help_text="It pays out to the bank.")),
                (
                    "due",
                    models.JSONField(
                        blank=True, default=list, help_text="What Stripe still wants to know, in its own names."
                    ),
                ),
                ("disabled_reason", models.CharField(blank=True, default="", max_length=100)),
                (
                    "bank",
                    models.CharField(
                        blank=True, default="", help_text="The last digits of the bank account.", max_length=8
                    ),
                ),
                ("left_at", models.DateTimeField(blank=True, help_text="When it cut its tie to us.", null=True)),
                ("synced_at", models.DateTimeField(blank=True, null=True)),
                ("asks", models.BigIntegerField(default=0, help_text="How often Stripe was asked about it.")),
                (
                    "answered",
                    models.BigIntegerField(
                        default=0, help_text="Which of these questions the newest answer here is to."
                    ),
                ),
                (
                    "asked_at",
                    models.DateTimeField(blank=True, help_text="When Stripe was last asked about it.", null=True),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reversal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.BigIntegerField(help_text="Fen.")),
                (
                    "status",
                    models.CharField(
                        choices=[("requested", "Requested"), ("done", "Done"), ("failed", "Failed")],
                        default="requested",
                        max_length=12,
                    ),
                ),
                ("stripe_id", models.CharField(max_length=100, null=True, unique=True)),
                ("failure_reason", models.CharField(blank=True, default="", max_length=60)),
                (
                    "requested_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "asked_at",
                    models.DateTimeField(blank=True, help_text="When Stripe was last asked for it.", null=True),
                ),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="account",
            name="account_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="payment",
            name="payment_refund_bounded",
        ),
        migrations.RemoveConstraint(
            model_name="payment",
            name="payment_refund_needs_success",
        ),
        migrations.RemoveConstraint(
            model_name="transfer",
            name="transfer_kind_known",
        ),
        migrations.AddField(
            model_name="payment",
            name="charged_back",
            field=models.BigIntegerField(
                default=0, db_default=0, help_text="Fen that the payer's bank took back in a dispute."
            ),
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
                    ("lost_prepay", "Lost Prepay"),
                    ("lost_companion", "Lost Companion"),
                    ("lost_fee", "Lost Fee"),
                    ("lost_platform", "Lost Platform"),
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
                        ],
                    )
                ),
                name="account_kind_known",
            ),
        ),
        ValidateConstraint("account", "account_kind_known"),
        AddConstraintNotValid(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "amount__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("refunded"), "+", models.F("charged_back")
                        ),
                    ),
                    ("charged_back__gte", 0),
                    ("refunded__gte", 0),
                ),
                name="payment_refund_bounded",
            ),
        ),
        ValidateConstraint("payment", "payment_refund_bounded"),
        AddConstraintNotValid(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("charged_back", 0), ("refunded", 0)), ("status", "succeeded"), _connector="OR"
                ),
                name="payment_refund_needs_success",
            ),
        ),
        ValidateConstraint("payment", "payment_refund_needs_success"),
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
                            "lost_prepay",
                            "lost_companion",
                            "lost_fee",
                            "lost_platform",
                        ],
                    )
                ),
                name="transfer_kind_known",
            ),
        ),
        ValidateConstraint("transfer", "transfer_kind_known"),
        migrations.AddField(
            model_name="dispute",
            name="evidence_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="payment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="disputes", to="payments.payment"
            ),
        ),
        migrations.AddField(
            model_name="earning",
            name="companion",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="earnings", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="financetask",
            index=models.Index(condition=models.Q(("closed_at", None)), fields=["opened_at"], name="finance_task_open"),
        ),
        migrations.AddConstraint(
            model_name="financetask",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)), fields=("kind", "key"), name="finance_task_open_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="financetask",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["refund_failed", "payout_refused", "dispute", "debt", "books_differ"])
                ),
                name="finance_task_kind_known",
            ),
        ),
        migrations.AddField(
            model_name="payout",
            name="earning",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="payouts", to="payments.earning"
            ),
        ),
        migrations.AddField(
            model_name="payout",
            name="payment",
            field=models.ForeignKey(
                help_text="What funds it.",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payouts",
                to="payments.payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("left_at", None), ("stripe_id__isnull", False)),
                    models.Q(("can_receive", False), ("can_withdraw", False)),
                    _connector="OR",
                ),
                name="payout_account_gone_is_closed",
            ),
        ),
        migrations.AddField(
            model_name="bankpayout",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="bank_payouts", to="payments.payoutaccount"
            ),
        ),
        migrations.AddField(
            model_name="reversal",
            name="dispute",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="reversals", to="payments.dispute"
            ),
        ),
        migrations.AddField(
            model_name="reversal",
            name="payout",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="reversals", to="payments.payout"
            ),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(condition=models.Q(("outcome", "open")), fields=["opened_at"], name="dispute_open"),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(fields=["ref"], name="dispute_of_ref"),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.UniqueConstraint(fields=("ref", "seq"), name="dispute_ref_seq"),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="dispute_amount_positive"),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("outcome", "open")),
                    models.Q(models.Q(("outcome", "open"), _negated=True), ("closed_at__isnull", False)),
                    _connector="OR",
                ),
                name="dispute_closed_has_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(("booked_at", None), ("outcome", "lost"), _connector="OR"),
                name="dispute_booked_is_lost",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(("evidence_sent_at", None), ("evidence_asked_at__isnull", False), _connector="OR"),
                name="dispute_evidence_sent_was_asked",
            ),
        ),
        migrations.AddIndex(
            model_name="earning",
            index=models.Index(
                condition=models.Q(("released_at", None), ("stopped", "")), fields=["due_at"], name="earning_to_release"
            ),
        ),
        migrations.AddIndex(
            model_name="earning",
            index=models.Index(fields=["companion", "-settled_at"], name="earning_of_companion"),
        ),
        migrations.AddConstraint(
            model_name="earning",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="earning_amount_positive"),
        ),
        migrations.AddConstraint(
            model_name="earning",
            constraint=models.CheckConstraint(
                condition=models.Q(("kept__gte", 0), ("kept__lte", models.F("amount"))), name="earning_kept_of_it"
            ),
        ),
        migrations.AddConstraint(
            model_name="earning",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_at__gte", models.F("settled_at"))), name="earning_due_once_settled"
            ),
        ),
        migrations.AddConstraint(
            model_name="earning",
            constraint=models.CheckConstraint(
                condition=models.Q(("stopped", ""), ("released_at", None), _connector="OR"),
                name="earning_stopped_waits",
            ),
        ),
        migrations.AddIndex(
            model_name="payout",
            index=models.Index(
                condition=models.Q(("status", "requested")), fields=["requested_at"], name="payout_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.UniqueConstraint(fields=("earning", "seq"), name="payout_ref_seq"),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "failed"), _negated=True),
                fields=("earning", "payment"),
                name="payout_once_for_a_payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="payout_amount_positive"),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reversed", 0),
                    models.Q(("reversed__gt", 0), ("reversed__lte", models.F("amount")), ("status", "sent")),
                    _connector="OR",
                ),
                name="payout_reversed_of_sent",
            ),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "sent"), ("stripe_id__isnull", False)),
                    models.Q(models.Q(("status", "sent"), _negated=True), ("stripe_id", None)),
                    _connector="OR",
                ),
                name="payout_sent_has_stripe_id",
            ),
        ),
        migrations.AddIndex(
            model_name="bankpayout",
            index=models.Index(fields=["account", "-created_at"], name="bank_payout_of_account"),
        ),
        migrations.AddConstraint(
            model_name="bankpayout",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["pending", "in_transit", "paid", "failed", "canceled"])),
                name="bank_payout_status_known",
            ),
        ),
        migrations.AddIndex(
            model_name="reversal",
            index=models.Index(
                condition=models.Q(("status", "requested")), fields=["requested_at"], name="reversal_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="reversal",
            constraint=models.UniqueConstraint(fields=("payout", "dispute"), name="reversal_once"),
        ),
        migrations.AddConstraint(
            model_name="reversal",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="reversal_amount_positive"),
        ),
        migrations.AddConstraint(
            model_name="reversal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "done"), ("stripe_id__isnull", False)),
                    models.Q(models.Q(("status", "done"), _negated=True), ("stripe_id", None)),
                    _connector="OR",
                ),
                name="reversal_done_has_stripe_id",
            ),
        ),
    ]
