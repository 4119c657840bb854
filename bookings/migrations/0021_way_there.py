"""Before an appointment in person lies the way there, as long as the pause after it.

What was promised before the rule stays promised: where another promise ends within that time, the way begins there.
"""

from django.db import migrations

FILL = """
UPDATE listings_takentime mine
   SET sets_off_at = greatest(
           mine.starts_at - (mine.free_again_at - mine.ends_at),
           (SELECT max(other.ends_at) FROM listings_takentime other
             WHERE other.companion_id = mine.companion_id AND other.id <> mine.id
               AND other.ends_at <= mine.starts_at)
       )
  FROM bookings_booking booking
 WHERE booking.id = mine.ref AND NOT booking.online AND mine.starts_at > now()
"""


class Migration(migrations.Migration):
    dependencies = [("bookings", "0020_late_ticks"), ("listings", "0019_way_there")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
