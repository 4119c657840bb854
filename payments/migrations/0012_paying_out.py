"""No more leaves for a companion than she has earned, and what was earned before is paid out too."""

from django.db import migrations

RULES = """
CREATE FUNCTION payments_payout_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    earned bigint;
    leaving bigint;
BEGIN
    -- The lock is what makes two at once see each other.
    SELECT amount - kept INTO earned FROM payments_earning WHERE ref = NEW.earning_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(amount), 0) INTO leaving FROM payments_payout
     WHERE earning_id = NEW.earning_id AND status <> 'failed';
    IF leaving > earned THEN
        RAISE EXCEPTION '% of % fen leave for %', leaving, earned, NEW.earning_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payout_within_earning';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_payout_within AFTER INSERT OR UPDATE OF amount, status, earning_id ON payments_payout
    FOR EACH ROW EXECUTE FUNCTION payments_payout_within();

CREATE FUNCTION payments_payout_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status <> 'requested' AND NEW.status <> OLD.status
       OR (NEW.earning_id, NEW.payment_id, NEW.seq, NEW.amount, NEW.account_id)
          IS DISTINCT FROM (OLD.earning_id, OLD.payment_id, OLD.seq, OLD.amount, OLD.account_id) THEN
        RAISE EXCEPTION 'payout % is final', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_payout_final BEFORE UPDATE OR DELETE ON payments_payout
    FOR EACH ROW EXECUTE FUNCTION payments_payout_final();

CREATE FUNCTION payments_earning_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.kept < OLD.kept
       OR (NEW.ref, NEW.companion_id, NEW.amount, NEW.settled_at)
          IS DISTINCT FROM (OLD.ref, OLD.companion_id, OLD.amount, OLD.settled_at) THEN
        RAISE EXCEPTION 'earning % is final', OLD.ref USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.kept > OLD.kept AND NEW.amount - NEW.kept < (
        SELECT coalesce(sum(amount), 0) FROM payments_payout WHERE earning_id = NEW.ref AND status <> 'failed') THEN
        RAISE EXCEPTION 'what is kept of % has left', OLD.ref
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payout_within_earning';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_earning_final BEFORE UPDATE OR DELETE ON payments_earning
    FOR EACH ROW EXECUTE FUNCTION payments_earning_final();
"""
UNDO = """
DROP TRIGGER payments_earning_final ON payments_earning;
DROP FUNCTION payments_earning_final();
DROP TRIGGER payments_payout_final ON payments_payout;
DROP FUNCTION payments_payout_final();
DROP TRIGGER payments_payout_within ON payments_payout;
DROP FUNCTION payments_payout_within();
"""
EARNED_BEFORE = """
INSERT INTO payments_earning (ref, companion_id, amount, kept, settled_at, due_at, stopped)
SELECT t.ref, substring(a.owner FROM 6)::bigint, sum(t.amount), 0, max(t.at), max(t.at) + interval '48 hours', ''
  FROM payments_transfer t JOIN payments_account a ON a.id = t.credit_id
 WHERE t.kind IN ('settle_companion', 'extra') AND a.kind = 'payable' AND a.owner LIKE 'user:%'
 GROUP BY t.ref, a.owner;
"""
# Only this account may: what a lost dispute takes back can be more than is there.
MAY_OWE = "UPDATE payments_account SET may_overdraw = true WHERE kind = 'payable'"
MAY_NOT = "UPDATE payments_account SET may_overdraw = false WHERE kind = 'payable'"


class Migration(migrations.Migration):
    dependencies = [("payments", "0011_payouts_and_disputes")]

    operations = [
        migrations.RunSQL(EARNED_BEFORE, migrations.RunSQL.noop),
        migrations.RunSQL(RULES, UNDO),
        migrations.RunSQL(MAY_OWE, MAY_NOT),
    ]
