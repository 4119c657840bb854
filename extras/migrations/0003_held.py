"""What the rules had left open: whose money it is, when, of which visits, how often; and words go with the photo."""

from pathlib import Path

from django.db import migrations, models
from django.db.models import Q

SQL = Path(__file__).resolve().parent / "sql"
HELD = (SQL / "held.sql").read_text(encoding="utf-8")
BACKWARDS = f"""
DROP FUNCTION extras_asked() CASCADE;
DROP FUNCTION extras_kept() CASCADE;
DROP FUNCTION extras_decided_rightly(extras_extra, extras_extra);
DROP FUNCTION extras_kept_or_erased(extras_extra, extras_extra);
DROP FUNCTION extras_passed_on(extras_extra);
{(SQL / "rules.sql").read_text(encoding="utf-8")}
"""
# Of the rows whose photo went before; the trigger refuses that.
WORDS = """
ALTER TABLE extras_extra DISABLE TRIGGER extras_kept;
UPDATE extras_extra SET reply = '', what = CASE state WHEN 'paid' THEN what ELSE '' END WHERE erased_at IS NOT NULL;
ALTER TABLE extras_extra ENABLE TRIGGER extras_kept;
"""
# Before, there were words whatever became of them.
NO_WORDS = """
ALTER TABLE extras_extra DISABLE TRIGGER extras_kept;
UPDATE extras_extra SET what = '…' WHERE erased_at IS NOT NULL AND what = '';
ALTER TABLE extras_extra ENABLE TRIGGER extras_kept;
"""
ERASED = Q(erased_at__isnull=False)


class Migration(migrations.Migration):
    dependencies = [("extras", "0002_rules"), ("payments", "0010_passed_on_once")]

    operations = [
        migrations.AlterField(
            "extra",
            "erased_at",
            models.DateTimeField(blank=True, help_text="When photo and words went.", null=True),
        ),
        migrations.RemoveConstraint("extra", "extra_says_what"),
        migrations.RunSQL(WORDS, NO_WORDS),
        migrations.AddConstraint(
            "extra",
            models.CheckConstraint(condition=Q(what__trim__length__gte=1) | ERASED, name="extra_says_what"),
        ),
        migrations.AddConstraint(
            "extra",
            models.CheckConstraint(
                condition=Q(erased_at=None) | (Q(reply="") & (Q(state="paid") | Q(what=""))),
                name="extra_words_until_erased",
            ),
        ),
        migrations.AddConstraint(
            "extra",
            models.CheckConstraint(
                condition=Q(decided_ms=None) | Q(decided_ms__gte=models.F("asked_ms")), name="extra_decided_after_asked"
            ),
        ),
        migrations.AddConstraint(
            "extra",
            models.CheckConstraint(condition=Q(photo=None) | ~Q(photo=b""), name="extra_photo_not_empty"),
        ),
        migrations.RunSQL(HELD, BACKWARDS),
    ]
