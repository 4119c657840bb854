"""Who has been approved to offer something already stays approved for it; from here on the database insists."""

from pathlib import Path

from django.db import migrations

FORWARDS = """
UPDATE listings_companion SET approved_at = offered.since, approved_kinds = offered.kinds
FROM (
    SELECT companion_id, min(approved_at) AS since, array_agg(DISTINCT kind) AS kinds
    FROM listings_listing WHERE approved_at IS NOT NULL GROUP BY companion_id
) AS offered
WHERE offered.companion_id = listings_companion.id;
"""
TRIGGERS = (Path(__file__).parents[1] / "sql" / "approved.sql").read_text()
BACKWARDS = """
DROP TRIGGER companion_approval_is_in_use ON listings_companion;
DROP TRIGGER listing_companion_is_approved ON listings_listing;
DROP FUNCTION listings_approval_is_in_use();
DROP FUNCTION listings_companion_is_approved();
"""


class Migration(migrations.Migration):
    dependencies = [("listings", "0008_vetting")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop), migrations.RunSQL(TRIGGERS, BACKWARDS)]
