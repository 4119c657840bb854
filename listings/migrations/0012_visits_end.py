"""Visits that were up before anybody asked for certificates had no end: they get a month to hand one in."""

from django.db import migrations

# The kind and the labels as they are at this migration. Who has a certificate has its end, as if it were approved now.
FORWARDS = """
UPDATE listings_listing SET valid_until = COALESCE(
    (
        SELECT max(expires_on) FROM vetting_certificate JOIN listings_companion USING (user_id)
        WHERE listings_companion.id = listings_listing.companion_id AND state = 'approved'
            AND label IN ('hospital_companion', 'nurse', 'health_manager', 'care_worker')
    ),
    (now() AT TIME ZONE 'Asia/Shanghai')::date + 30
)
WHERE kind = 'clinic' AND valid_until IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("listings", "0011_more_words"), ("vetting", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
