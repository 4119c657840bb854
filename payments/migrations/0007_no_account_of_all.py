"""What the platform has, and what lies with Stripe, is kept by person. What was booked before stays where it is."""

from django.db import migrations

OPEN = """
INSERT INTO payments_account (kind, owner, credit_normal, may_overdraw, debits, credits)
SELECT opened.kind, known.owner, opened.credit_normal, opened.may_overdraw, 0, 0
  FROM payments_account known
  JOIN (VALUES ('prepay', 'stripe_clearing', false, true), ('prepay', 'stripe_fees', false, false),
               ('payable', 'platform_fee', true, false)) opened (beside, kind, credit_normal, may_overdraw)
    ON known.kind = opened.beside
 ORDER BY opened.kind, known.owner
    ON CONFLICT DO NOTHING;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_posting_in_order")]

    operations = [migrations.RunSQL(OPEN, migrations.RunSQL.noop)]
