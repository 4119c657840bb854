"""Cases that were opened before: both of the two are part of them."""

from django.db import migrations

BOTH = """
INSERT INTO moderation_reviewcase_parties (reviewcase_id, user_id)
SELECT review.id, party.id
  FROM moderation_reviewcase review
  JOIN django_content_type kind ON kind.id = review.target_type_id
   AND (kind.app_label, kind.model) = ('safety', 'outing')
  JOIN bookings_booking booking ON booking.id::text = review.target_id
 CROSS JOIN LATERAL unnest(ARRAY[booking.client_id, booking.companion_id]) AS party(id)
    ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("safety", "0002_rules"), ("moderation", "0007_parties")]

    operations = [migrations.RunSQL(BOTH, migrations.RunSQL.noop)]
