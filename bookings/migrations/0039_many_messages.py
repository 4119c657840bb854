"""What messages do to the clocks of many bookings at once; what one reply needs is asked by columns, not by the row."""

from django.db import migrations

from bookings.sql import install_functions

GONE = "DROP FUNCTION IF EXISTS bookings_closed_to_her_ms(bookings_booking)"


class Migration(migrations.Migration):
    dependencies = [("bookings", "0038_disputed")]
    operations = [install_functions(), migrations.RunSQL(GONE, migrations.RunSQL.noop)]
