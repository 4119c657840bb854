from django.db import migrations

FORWARDS = """
CREATE FUNCTION moderation_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'moderation_auditevent is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_rows_stay BEFORE UPDATE OR DELETE ON moderation_auditevent
    FOR EACH ROW EXECUTE FUNCTION moderation_audit_is_append_only();
CREATE TRIGGER audit_table_stays BEFORE TRUNCATE ON moderation_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION moderation_audit_is_append_only();
"""

BACKWARDS = """
DROP TRIGGER audit_table_stays ON moderation_auditevent;
DROP TRIGGER audit_rows_stay ON moderation_auditevent;
DROP FUNCTION moderation_audit_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("moderation", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
