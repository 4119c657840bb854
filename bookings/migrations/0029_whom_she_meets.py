"""Who does not fit whom a companion meets in person cannot order it, whoever writes."""

from django.db import migrations

from bookings.sql import install_functions

GUARD = """
CREATE TRIGGER bookings_meets_client BEFORE INSERT ON bookings_booking
    FOR EACH ROW WHEN (NOT NEW.online) EXECUTE FUNCTION bookings_meets_client();
CREATE TRIGGER bookings_gender_kept BEFORE UPDATE OF gender ON accounts_user
    FOR EACH ROW WHEN (OLD.gender IS DISTINCT FROM NEW.gender) EXECUTE FUNCTION bookings_gender_kept();
"""

UNGUARD = """
DROP TRIGGER bookings_gender_kept ON accounts_user;
DROP TRIGGER bookings_meets_client ON bookings_booking;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0028_another_start"),
        ("listings", "0020_whom_she_meets"),
        ("accounts", "0009_gender"),
    ]

    operations = [install_functions(), migrations.RunSQL(GUARD, UNGUARD)]
