"""What a bill is computed from is kept by the database's own rules: stretches, granted time, time on top, steps."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from bookings.sql import install_functions

# Conditions and columns, not bodies: a minute of a live order writes none of these, so it pays for no trigger of them.
GUARD = """
CREATE TRIGGER bookings_segment_of_what_runs BEFORE INSERT ON bookings_segment
    FOR EACH ROW EXECUTE FUNCTION bookings_segment_of_what_runs();

CREATE TRIGGER bookings_granted_final BEFORE UPDATE OF granted_ms ON bookings_booking
    FOR EACH ROW WHEN (OLD.granted_ms <> NEW.granted_ms AND OLD.state NOT IN ('live', 'paused'))
    EXECUTE FUNCTION bookings_granted_final();

CREATE TRIGGER bookings_extension_final BEFORE UPDATE ON bookings_extension
    FOR EACH ROW WHEN (
        OLD.state IN ('granted', 'missed') OR OLD.state = 'dropped' AND NEW.state <> 'missed'
        OR (OLD.id, OLD.booking_id, OLD.request_key, OLD.asked_by_id, OLD.minutes, OLD.amount_fen, OLD.payment_seq)
           IS DISTINCT FROM
           (NEW.id, NEW.booking_id, NEW.request_key, NEW.asked_by_id, NEW.minutes, NEW.amount_fen, NEW.payment_seq))
    EXECUTE FUNCTION bookings_extension_final();
CREATE TRIGGER bookings_extension_kept BEFORE DELETE ON bookings_extension
    FOR EACH STATEMENT EXECUTE FUNCTION bookings_extension_kept();

-- Not `told`.
CREATE TRIGGER bookings_step_final
    BEFORE UPDATE OF id, booking_id, state, pause_reason, minutes, at_ms OR DELETE ON bookings_step
    FOR EACH STATEMENT EXECUTE FUNCTION bookings_step_final();

CREATE CONSTRAINT TRIGGER bookings_ordered_is_granted AFTER INSERT ON bookings_terms
    FOR EACH ROW EXECUTE FUNCTION bookings_check_granted();
-- At the end of the transaction: it is decided first, and its minutes are granted after the money is held.
CREATE CONSTRAINT TRIGGER bookings_paid_is_granted AFTER INSERT OR UPDATE OF state ON bookings_extension
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'granted') EXECUTE FUNCTION bookings_check_granted();
"""

UNGUARD = """
DROP TRIGGER bookings_paid_is_granted ON bookings_extension;
DROP TRIGGER bookings_ordered_is_granted ON bookings_terms;
DROP TRIGGER bookings_step_final ON bookings_step;
DROP TRIGGER bookings_extension_kept ON bookings_extension;
DROP TRIGGER bookings_extension_final ON bookings_extension;
DROP TRIGGER bookings_granted_final ON bookings_booking;
DROP TRIGGER bookings_segment_of_what_runs ON bookings_segment;
"""

# Granted time has a rule of its own now, which holds from the end on and not only once it is settled.
BILL = """
DROP TRIGGER bookings_bill_final ON bookings_booking;
CREATE TRIGGER bookings_bill_final
    BEFORE UPDATE OF billed_min, closed_ms, ended_ms, kept_fen ON bookings_booking
    FOR EACH ROW WHEN (
        OLD.state IN ('settled', 'declined', 'expired', 'cancelled', 'no_show') AND NEW.state = OLD.state
        AND ((OLD.billed_min, OLD.closed_ms, OLD.ended_ms)
                IS DISTINCT FROM (NEW.billed_min, NEW.closed_ms, NEW.ended_ms)
             OR OLD.kept_fen IS NOT NULL AND OLD.kept_fen IS DISTINCT FROM NEW.kept_fen))
    EXECUTE FUNCTION bookings_bill_final();
"""

BILL_BEFORE = """
DROP TRIGGER bookings_bill_final ON bookings_booking;
CREATE TRIGGER bookings_bill_final
    BEFORE UPDATE OF billed_min, closed_ms, granted_ms, ended_ms, kept_fen ON bookings_booking
    FOR EACH ROW WHEN (
        OLD.state IN ('settled', 'declined', 'expired', 'cancelled', 'no_show') AND NEW.state = OLD.state
        AND ((OLD.billed_min, OLD.closed_ms, OLD.granted_ms, OLD.ended_ms)
                IS DISTINCT FROM (NEW.billed_min, NEW.closed_ms, NEW.granted_ms, NEW.ended_ms)
             OR OLD.kept_fen IS NOT NULL AND OLD.kept_fen IS DISTINCT FROM NEW.kept_fen))
    EXECUTE FUNCTION bookings_bill_final();
"""


def once(field: str) -> migrations.AddConstraint:
    return migrations.AddConstraint(
        model_name="booking", constraint=models.UniqueConstraint(fields=[field], name=f"booking_{field}_once")
    )


class Migration(migrations.Migration):
    dependencies = [("bookings", "0022_one_question_one_promise")]

    operations = [
        install_functions(),
        migrations.AddField(
            model_name="booking",
            name="kept_elsewhere",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Another order of its companion kept her from a no-show to the end.",
            ),
        ),
        migrations.AlterField(
            model_name="booking",
            name="missed_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Who did not come to a no-show; nobody if the chat was not opened in time, or another order "
                "kept her.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=models.Q(kept_elsewhere=False) | models.Q(missed_by=None, state="no_show"),
                name="booking_kept_elsewhere_by_nobodys_fault",
            ),
        ),
        once("hold_account"),
        once("earned_account"),
        migrations.RunSQL(GUARD, UNGUARD),
        migrations.RunSQL(BILL, BILL_BEFORE),
    ]
