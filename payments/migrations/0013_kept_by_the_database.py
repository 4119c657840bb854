"""A dispute that is over stays over, no more is fetched back than was sent, and each is of its reference."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

RULES = """
CREATE FUNCTION payments_of_its_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM payments_payment
                    WHERE id = NEW.payment_id AND ref = (to_jsonb(NEW) ->> TG_ARGV[0])::uuid) THEN
        RAISE EXCEPTION 'payment % is of another reference', NEW.payment_id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_payout_of_payment BEFORE INSERT ON payments_payout
    FOR EACH ROW EXECUTE FUNCTION payments_of_its_payment('earning_id');
CREATE TRIGGER payments_dispute_of_payment BEFORE INSERT ON payments_dispute
    FOR EACH ROW EXECUTE FUNCTION payments_of_its_payment('ref');

CREATE FUNCTION payments_dispute_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (NEW.payment_id, NEW.ref, NEW.seq, NEW.stripe_id, NEW.amount, NEW.opened_at)
          IS DISTINCT FROM (OLD.payment_id, OLD.ref, OLD.seq, OLD.stripe_id, OLD.amount, OLD.opened_at)
       OR OLD.outcome <> 'open' AND (NEW.outcome, NEW.closed_at) IS DISTINCT FROM (OLD.outcome, OLD.closed_at)
       OR OLD.booked_at IS NOT NULL AND NEW.booked_at IS DISTINCT FROM OLD.booked_at
       OR OLD.evidence_sent_at IS NOT NULL
          AND (NEW.evidence, NEW.evidence_asked_at, NEW.evidence_by_id, NEW.evidence_sent_at) IS DISTINCT FROM
              (OLD.evidence, OLD.evidence_asked_at, OLD.evidence_by_id, OLD.evidence_sent_at) THEN
        RAISE EXCEPTION 'dispute % is final', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_dispute_final BEFORE UPDATE OR DELETE ON payments_dispute
    FOR EACH ROW EXECUTE FUNCTION payments_dispute_final();

CREATE FUNCTION payments_reversal_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    back bigint;
    asked bigint;
BEGIN
    -- The lock is what makes two at once see each other.
    SELECT reversed INTO back FROM payments_payout WHERE id = NEW.payout_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(amount), 0) INTO asked FROM payments_reversal
     WHERE payout_id = NEW.payout_id AND status <> 'failed';
    IF asked > back THEN
        RAISE EXCEPTION '% fen are fetched back of payout %, % say so', asked, NEW.payout_id, back
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reversal_within_payout';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_reversal_within AFTER INSERT OR UPDATE OF amount, status, payout_id ON payments_reversal
    FOR EACH ROW EXECUTE FUNCTION payments_reversal_within();

CREATE FUNCTION payments_reversal_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status <> 'requested' AND NEW.status <> OLD.status
       OR (NEW.payout_id, NEW.dispute_id, NEW.amount) IS DISTINCT FROM (OLD.payout_id, OLD.dispute_id, OLD.amount) THEN
        RAISE EXCEPTION 'reversal % is final', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_reversal_final BEFORE UPDATE OR DELETE ON payments_reversal
    FOR EACH ROW EXECUTE FUNCTION payments_reversal_final();
"""
UNDO = """
DROP TRIGGER payments_reversal_final ON payments_reversal;
DROP FUNCTION payments_reversal_final();
DROP TRIGGER payments_reversal_within ON payments_reversal;
DROP FUNCTION payments_reversal_within();
DROP TRIGGER payments_dispute_final ON payments_dispute;
DROP FUNCTION payments_dispute_final();
DROP TRIGGER payments_dispute_of_payment ON payments_dispute;
DROP TRIGGER payments_payout_of_payment ON payments_payout;
DROP FUNCTION payments_of_its_payment();
"""
CHECKS = (
    ("payout", "payout_status_known", Q(status__in=["requested", "sent", "failed"])),
    ("dispute", "dispute_outcome_known", Q(outcome__in=["open", "won", "lost"])),
    ("dispute", "dispute_evidence_asked_by_somebody", Q(evidence_asked_at=None) | Q(evidence_by__isnull=False)),
    ("reversal", "reversal_status_known", Q(status__in=["requested", "done", "failed"])),
)


class Migration(migrations.Migration):
    dependencies = [("payments", "0012_paying_out")]

    operations = [
        *(
            AddConstraintNotValid(model, models.CheckConstraint(condition=rule, name=name))
            for model, name, rule in CHECKS
        ),
        *(ValidateConstraint(model, name) for model, name, _ in CHECKS),
        migrations.RunSQL(RULES, UNDO),
    ]
