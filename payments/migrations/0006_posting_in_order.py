"""Accounts are locked as they are changed, in the order of their numbers, not in a pass of its own before."""

from django.db import migrations

POST = """
-- One plan for all sizes: account by account, as the arrays name them. Any other would read the whole table, and would
-- lock the accounts in an order of its own.
CREATE OR REPLACE FUNCTION payments_post() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_nestloop = on SET enable_indexscan = on SET jit = off
AS $$
DECLARE
    accounts bigint[];
    debited bigint[];
    credited bigint[];
    updated integer;
BEGIN
    -- Always in account order: two postings over the same accounts wait for each other instead of deadlocking.
    SELECT array_agg(account ORDER BY account), array_agg(debit ORDER BY account), array_agg(credit ORDER BY account)
      INTO accounts, debited, credited
      FROM (SELECT account, sum(debit)::bigint AS debit, sum(credit)::bigint AS credit
              FROM (SELECT debit_id AS account, amount AS debit, 0 AS credit FROM posted
                    UNION ALL
                    SELECT credit_id, 0, amount FROM posted) moved
             GROUP BY account) sums;
    UPDATE payments_account a SET debits = a.debits + s.debit, credits = a.credits + s.credit
      FROM unnest(accounts, debited, credited) s (account, debit, credit)
     WHERE a.id = s.account;
    GET DIAGNOSTICS updated = ROW_COUNT;
    IF updated < cardinality(accounts) THEN
        RAISE EXCEPTION 'a transfer names an account that does not exist' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_lighter_posting")]

    operations = [migrations.RunSQL(POST, migrations.RunSQL.noop)]
