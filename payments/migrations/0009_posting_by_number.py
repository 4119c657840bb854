"""However few accounts there are, they are locked in the order of their numbers."""

from django.db import migrations

POST = """
-- The arrays lead in any plan, because whatever they name is to be dealt with. In a join that drops what it does not
-- find, a table thought to be small may lead, with an order of its own.
CREATE OR REPLACE FUNCTION payments_post() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_nestloop = on SET enable_indexscan = on SET jit = off
AS $$
DECLARE
    accounts bigint[];
    debited bigint[];
    credited bigint[];
BEGIN
    -- Always in account order: two postings over the same accounts wait for each other instead of deadlocking.
    SELECT array_agg(account ORDER BY account), array_agg(debit ORDER BY account), array_agg(credit ORDER BY account)
      INTO accounts, debited, credited
      FROM (SELECT account, sum(debit)::bigint AS debit, sum(credit)::bigint AS credit
              FROM (SELECT debit_id AS account, amount AS debit, 0 AS credit FROM posted
                    UNION ALL
                    SELECT credit_id, 0, amount FROM posted) moved
             GROUP BY account) sums;
    MERGE INTO payments_account a USING unnest(accounts, debited, credited) s (account, debit, credit)
       ON a.id = s.account
     WHEN MATCHED THEN UPDATE SET debits = a.debits + s.debit, credits = a.credits + s.credit
     -- An account that does not exist: NOT NULL refuses it.
     WHEN NOT MATCHED THEN INSERT (kind) VALUES (NULL);
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0008_passed_on")]

    operations = [migrations.RunSQL(POST, migrations.RunSQL.noop)]
