"""A row of the audit trail is sealed after everything else that waits for the commit: see audit.sql."""

from django.db import migrations

from moderation.sql import install_functions

SEALED_LAST = """
CREATE TABLE moderation_unsealed (event_id bigint PRIMARY KEY);
CREATE CONSTRAINT TRIGGER audit_rows_are_sealed_last AFTER INSERT ON moderation_unsealed
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION moderation_seal_last();
"""

AT_ONCE = """
DROP TABLE moderation_unsealed;
CREATE OR REPLACE FUNCTION moderation_seal_new_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM moderation_seal_audit(NEW.id);
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("moderation", "0010_claims")]

    operations = [install_functions(), migrations.RunSQL(SEALED_LAST, AT_ONCE)]
