"""A seat that is paid for, and the size of a table that is paid, stay; and who pays has a seat."""

from django.db import migrations

from parties.migrations import SEATS

GUARD = """
CREATE TRIGGER parties_seat_kept BEFORE DELETE ON parties_guest FOR EACH ROW EXECUTE FUNCTION parties_seat_kept();
CREATE TRIGGER parties_seat_stays BEFORE UPDATE OF party_id, user_id ON parties_guest
    FOR EACH ROW EXECUTE FUNCTION parties_seat_stays();
CREATE TRIGGER parties_payer_sits BEFORE INSERT ON bookings_share FOR EACH ROW EXECUTE FUNCTION parties_payer_sits();
CREATE TRIGGER parties_party_kept BEFORE DELETE ON parties_party FOR EACH ROW EXECUTE FUNCTION parties_sized();
"""
UNGUARD = """
DROP TRIGGER parties_payer_sits ON bookings_share;
DROP TRIGGER parties_seat_stays ON parties_guest;
DROP TRIGGER parties_party_kept ON parties_party;
DROP TRIGGER parties_seat_kept ON parties_guest;
"""


class Migration(migrations.Migration):
    dependencies = [("parties", "0001_initial"), ("bookings", "0036_agreed_by_all")]

    operations = [migrations.RunSQL(SEATS + GUARD, UNGUARD)]
