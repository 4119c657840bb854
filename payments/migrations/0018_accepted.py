"""A dispute can be accepted: then nothing is sent to the bank, and who gave in stays written down."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

FINAL = """
CREATE OR REPLACE FUNCTION payments_dispute_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (NEW.payment_id, NEW.ref, NEW.seq, NEW.stripe_id, NEW.amount, NEW.opened_at)
          IS DISTINCT FROM (OLD.payment_id, OLD.ref, OLD.seq, OLD.stripe_id, OLD.amount, OLD.opened_at)
       OR OLD.outcome <> 'open' AND (NEW.outcome, NEW.closed_at) IS DISTINCT FROM (OLD.outcome, OLD.closed_at)
       OR OLD.booked_at IS NOT NULL AND NEW.booked_at IS DISTINCT FROM OLD.booked_at
       OR OLD.evidence_sent_at IS NOT NULL
          AND NOT (OLD.is_inquiry AND NOT NEW.is_inquiry AND NEW.inquiry_evidence = OLD.evidence)
          AND (NEW.evidence, NEW.evidence_asked_at, NEW.evidence_by_id, NEW.evidence_sent_at) IS DISTINCT FROM
              (OLD.evidence, OLD.evidence_asked_at, OLD.evidence_by_id, OLD.evidence_sent_at)
       {accepted} THEN
        RAISE EXCEPTION 'dispute % is final', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
ACCEPTED = """OR OLD.accepted_at IS NOT NULL AND (NEW.accept_asked_at, NEW.accept_by_id, NEW.accepted_at)
          IS DISTINCT FROM (OLD.accept_asked_at, OLD.accept_by_id, OLD.accepted_at)"""
CHECKS = (
    ("dispute_accept_asked_by_somebody", Q(accept_asked_at=None) | Q(accept_by__isnull=False)),
    ("dispute_accepted_was_asked", Q(accepted_at=None) | Q(accept_asked_at__isnull=False)),
    ("dispute_accepted_or_answered", Q(accept_asked_at=None) | Q(evidence_asked_at=None)),
)


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("payments", "0017_asked_anew"),
    ]

    operations = [
        migrations.AlterField(
            model_name="dispute",
            name="evidence_attempt",
            field=models.PositiveSmallIntegerField(default=1, help_text="Part of the idempotency keys."),
        ),
        migrations.AddField(
            model_name="dispute",
            name="accept_asked_at",
            field=models.DateTimeField(blank=True, help_text="When somebody decided to give in.", null=True),
        ),
        migrations.AddField(
            model_name="dispute",
            name="accept_by",
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
            name="accepted_at",
            field=models.DateTimeField(blank=True, help_text="When Stripe took it as lost.", null=True),
        ),
        *(
            migrations.AddConstraint("dispute", models.CheckConstraint(condition=rule, name=name))
            for name, rule in CHECKS
        ),
        migrations.RunSQL(FINAL.format(accepted=ACCEPTED), FINAL.format(accepted="")),
    ]
