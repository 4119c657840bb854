"""What was said to a bank's question is kept, and said anew once the bank has taken the money."""

from django.db import migrations, models

FINAL = """
CREATE OR REPLACE FUNCTION payments_dispute_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (NEW.payment_id, NEW.ref, NEW.seq, NEW.stripe_id, NEW.amount, NEW.opened_at)
          IS DISTINCT FROM (OLD.payment_id, OLD.ref, OLD.seq, OLD.stripe_id, OLD.amount, OLD.opened_at)
       OR OLD.outcome <> 'open' AND (NEW.outcome, NEW.closed_at) IS DISTINCT FROM (OLD.outcome, OLD.closed_at)
       OR OLD.booked_at IS NOT NULL AND NEW.booked_at IS DISTINCT FROM OLD.booked_at
       OR OLD.evidence_sent_at IS NOT NULL AND NOT {asked_anew}
          AND (NEW.evidence, NEW.evidence_asked_at, NEW.evidence_by_id, NEW.evidence_sent_at) IS DISTINCT FROM
              (OLD.evidence, OLD.evidence_asked_at, OLD.evidence_by_id, OLD.evidence_sent_at) THEN
        RAISE EXCEPTION 'dispute % is final', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
ASKED_ANEW = "(OLD.is_inquiry AND NOT NEW.is_inquiry AND NEW.inquiry_evidence = OLD.evidence)"


class Migration(migrations.Migration):
    dependencies = [("payments", "0016_evidence_again")]

    operations = [
        migrations.AddField(
            model_name="dispute",
            name="inquiry_evidence",
            field=models.JSONField(
                blank=True, default=dict, help_text="What was sent while the bank only asked, before it took the money."
            ),
        ),
        migrations.RunSQL(FINAL.format(asked_anew=ASKED_ANEW), FINAL.format(asked_anew="false")),
    ]
