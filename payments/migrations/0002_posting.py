"""The books keep themselves: balances follow from transfers, and transfers never change."""

from django.db import migrations

POST = """
CREATE FUNCTION payments_post() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Always in account order: two postings over the same accounts wait for each other instead of deadlocking.
    PERFORM 1 FROM payments_account
      WHERE id IN (SELECT debit_id FROM posted UNION SELECT credit_id FROM posted)
      ORDER BY id FOR NO KEY UPDATE;
    UPDATE payments_account a
       SET debits = a.debits + s.debits, credits = a.credits + s.credits
      FROM (SELECT account, sum(debit)::bigint AS debits, sum(credit)::bigint AS credits
              FROM (SELECT debit_id AS account, amount AS debit, 0 AS credit FROM posted
                    UNION ALL
                    SELECT credit_id, 0, amount FROM posted) moved
             GROUP BY account) s
     WHERE a.id = s.account;
    IF EXISTS (SELECT 1 FROM posted p
                WHERE NOT EXISTS (SELECT 1 FROM payments_account WHERE id = p.debit_id)
                   OR NOT EXISTS (SELECT 1 FROM payments_account WHERE id = p.credit_id)) THEN
        RAISE EXCEPTION 'a transfer names an account that does not exist' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_post AFTER INSERT ON payments_transfer
    REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION payments_post();

CREATE FUNCTION payments_transfer_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'transfers are final: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER payments_transfer_final BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION payments_transfer_final();

ALTER TABLE payments_account SET (fillfactor = 70);
"""

UNDO = """
DROP TRIGGER payments_transfer_final ON payments_transfer;
DROP FUNCTION payments_transfer_final();
DROP TRIGGER payments_post ON payments_transfer;
DROP FUNCTION payments_post();
ALTER TABLE payments_account RESET (fillfactor);
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [migrations.RunSQL(POST, UNDO)]
