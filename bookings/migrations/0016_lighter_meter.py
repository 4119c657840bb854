"""A minute of a live order writes no index of its row any more: what is due is looked for in a narrow table beside it.

Also gone are indexes that nothing asks, and the meter finds its rows by their keys however many there are.
"""

import django.db.models.deletion
from django.db import migrations, models

import bookings.models.booking
from bookings.sql import install_functions


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0015_presence"),
        ("listings", "0015_names_one_line"),
        ("payments", "0005_lighter_posting"),
    ]
    operations = [
        # Left to Django, the constraint would be made anew, and with the listing's index those it finds on its column.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    """
                    DROP INDEX bookings_booking_code_6c4eed12_like;
                    DROP INDEX bookings_booking_listing_id_3af24c7b;
                    ALTER TABLE bookings_booking RENAME CONSTRAINT bookings_booking_code_key TO booking_code_once;
                    """,
                    migrations.RunSQL.noop,
                )
            ],
            state_operations=[
                migrations.AlterField(
                    "booking",
                    "code",
                    models.CharField(default=bookings.models.booking.new_code, editable=False, max_length=9),
                ),
                migrations.AddConstraint("booking", models.UniqueConstraint(fields=["code"], name="booking_code_once")),
                migrations.AlterField(
                    "booking",
                    "listing",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="listings.listing",
                    ),
                ),
            ],
        ),
        # The one of booking_request_once begins with the client as well, and nobody has so many orders.
        migrations.RemoveIndex("booking", "booking_of_client"),
        migrations.RemoveIndex("booking", "booking_due"),
        migrations.CreateModel(
            name="Timer",
            fields=[
                (
                    "booking",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="bookings.booking",
                    ),
                ),
                ("due_ms", models.BigIntegerField()),
                (
                    "metered",
                    models.BooleanField(
                        help_text="The meter's (live or paused): what else is due does not look through them."
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["due_ms"], condition=models.Q(metered=True), name="timer_metered"),
                    models.Index(fields=["due_ms"], condition=models.Q(metered=False), name="timer_other"),
                ]
            },
        ),
        install_functions(),
        migrations.RunSQL(
            """
            ALTER TABLE bookings_timer SET (fillfactor = 70);
            INSERT INTO bookings_timer (booking_id, due_ms, metered)
            SELECT id, due_ms, state IN ('live', 'paused') FROM bookings_booking WHERE due_ms IS NOT NULL;
            CREATE TRIGGER bookings_set_timers AFTER UPDATE ON bookings_booking
                REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION bookings_set_timers();
            CREATE TRIGGER bookings_set_first_timers AFTER INSERT ON bookings_booking
                REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION bookings_set_timers();
            """,
            migrations.RunSQL.noop,
        ),
    ]
