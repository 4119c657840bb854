"""The bill of a booking that is over is final by the database's own rule; until now only its state was."""

from django.db import migrations

from bookings.sql import install_functions

# A condition, not a body: each minute of each live order asks it, and only a refusal calls the function.
GUARD = """
CREATE TRIGGER bookings_bill_final
    BEFORE UPDATE OF billed_min, closed_ms, granted_ms, ended_ms, kept_fen ON bookings_booking
    FOR EACH ROW WHEN (
        OLD.state IN ('settled', 'declined', 'expired', 'cancelled', 'no_show') AND NEW.state = OLD.state
        AND ((OLD.billed_min, OLD.closed_ms, OLD.granted_ms, OLD.ended_ms)
                IS DISTINCT FROM (NEW.billed_min, NEW.closed_ms, NEW.granted_ms, NEW.ended_ms)
             OR OLD.kept_fen IS NOT NULL AND OLD.kept_fen IS DISTINCT FROM NEW.kept_fen))
    EXECUTE FUNCTION bookings_bill_final();
"""


class Migration(migrations.Migration):
    dependencies = [("bookings", "0018_posting_lag")]

    operations = [
        install_functions(),
        migrations.RunSQL(GUARD, "DROP TRIGGER bookings_bill_final ON bookings_booking"),
    ]
