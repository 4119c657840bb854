"""Who is away is judged by what is known of both, and a late word cuts every stretch it is about."""

from django.db import migrations, models

from bookings.sql import install_functions


class Migration(migrations.Migration):
    dependencies = [("bookings", "0014_kept")]

    operations = [
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(
                fields=["pause_reason"],
                condition=models.Q(state="paused"),
                name="booking_paused",
            ),
        ),
        migrations.RunSQL(
            """
            DROP FUNCTION IF EXISTS bookings_note_absences(bigint[], bigint[], bigint, bigint);
            DROP FUNCTION IF EXISTS bookings_note_absence(bookings_booking, bigint, bigint, bigint);
            DROP FUNCTION IF EXISTS bookings_cut(bookings_booking, bookings_segment, bigint, text);
            """,
            migrations.RunSQL.noop,
        ),
        install_functions(),
    ]
