"""Each row of the audit trail carries the hash of the one before it. Rows of before are sealed in their order."""

from django.db import migrations, models
from django.db.models import Q

from moderation.sql import install_functions

SEAL_OLD_ROWS = """
DO $$
DECLARE
    old record;
BEGIN
    FOR old IN SELECT id FROM moderation_auditevent WHERE number IS NULL ORDER BY at, id LOOP
        PERFORM moderation_seal_audit(old.id);
    END LOOP;
END $$;
"""

# Deferred: see audit.sql.
SEAL_NEW_ROWS = """
CREATE CONSTRAINT TRIGGER audit_rows_are_sealed AFTER INSERT ON moderation_auditevent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION moderation_seal_new_audit();
"""

SEAL_NO_MORE = "DROP TRIGGER audit_rows_are_sealed ON moderation_auditevent;"


class Migration(migrations.Migration):
    dependencies = [("moderation", "0008_at_once_with_reason")]

    operations = [
        migrations.AddField("auditevent", "number", models.BigIntegerField(null=True, unique=True, editable=False)),
        migrations.AddField("auditevent", "prev_hash", models.CharField(max_length=64, null=True, editable=False)),
        migrations.AddField("auditevent", "hash", models.CharField(max_length=64, null=True, editable=False)),
        migrations.AddConstraint(
            "auditevent", models.UniqueConstraint(fields=["prev_hash"], name="audit_followed_once")
        ),
        migrations.AddConstraint(
            "auditevent",
            models.CheckConstraint(
                condition=Q(number=None, prev_hash=None, hash=None)
                | Q(number__gte=1, prev_hash__isnull=False, hash__isnull=False),
                name="audit_sealed_whole",
            ),
        ),
        install_functions(),
        migrations.RunSQL(SEAL_OLD_ROWS, migrations.RunSQL.noop),
        migrations.RunSQL(SEAL_NEW_ROWS, SEAL_NO_MORE),
    ]
