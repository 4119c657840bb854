"""One tick does all that is due, however late it is; what cannot be metered is set aside; and the meter's statement
calls no function for each row."""

from django.db import migrations

from bookings.sql import install_functions

# Which ones are to be metered is an array now.
OLD = """
DROP FUNCTION IF EXISTS bookings_meter(integer, bigint, bigint, uuid, integer, boolean);
DROP FUNCTION IF EXISTS bookings_meter_together(integer, bigint, bigint, uuid, integer, boolean);
"""


class Migration(migrations.Migration):
    dependencies = [("bookings", "0019_final_rows")]

    operations = [migrations.RunSQL(OLD, migrations.RunSQL.noop), install_functions()]
