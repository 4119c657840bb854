"""The meter in full: absences, the client's pauses, visits, and the functions in one place (bookings/sql/)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from bookings.sql import install_functions


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0009_who_came"),
        ("listings", "0015_names_one_line"),
        ("payments", "0002_posting"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.RemoveConstraint(
            model_name="booking",
            name="booking_awaits_only_live",
        ),
        migrations.RemoveConstraint(
            model_name="booking",
            name="booking_came_when_agreed",
        ),
        migrations.RemoveConstraint(
            model_name="terms",
            name="terms_windows_positive",
        ),
        migrations.AddField(
            model_name="booking",
            name="client_came_ms",
            field=models.BigIntegerField(
                blank=True, help_text="The client said he is at the place of an appointment.", null=True
            ),
        ),
        migrations.AddField(
            model_name="booking",
            name="client_paused_ms",
            field=models.BigIntegerField(default=0, help_text="How long the client's own pauses lasted."),
        ),
        migrations.AddField(
            model_name="terms",
            name="client_grace_ms",
            field=models.BigIntegerField(
                default=180000, help_text="The clock stops when the client has been gone for so long."
            ),
        ),
        migrations.AddField(
            model_name="terms",
            name="client_pause_limit_ms",
            field=models.BigIntegerField(
                default=1800000, help_text="The client's own pauses, all together, end the booking after this."
            ),
        ),
        migrations.AddField(
            model_name="terms",
            name="companion_grace_ms",
            field=models.BigIntegerField(
                default=30000, help_text="A companion gone for so long was away, from the second she went."
            ),
        ),
        migrations.AddField(
            model_name="terms",
            name="included_min",
            field=models.IntegerField(default=0, help_text="Minutes a visit's price includes."),
        ),
        migrations.AddField(
            model_name="terms",
            name="ordered_min",
            field=models.IntegerField(
                null=True, help_text="Minutes ordered at first; what was paid on top is an Extension."
            ),
        ),
        migrations.AddField(
            model_name="terms",
            name="overtime_fen",
            field=models.BigIntegerField(default=0, help_text="Fen per half hour begun after what a visit includes."),
        ),
        migrations.AddField(
            model_name="terms",
            name="price_unit",
            field=models.CharField(default="hour", help_text="What price_fen is for: hour or visit.", max_length=8),
        ),
        migrations.RunSQL(
            """
            SET CONSTRAINTS ALL IMMEDIATE;
            ALTER TABLE bookings_terms DISABLE TRIGGER bookings_terms_final;
            UPDATE bookings_terms t SET ordered_min = b.granted_ms / 60000
              FROM bookings_booking b WHERE b.id = t.booking_id;
            ALTER TABLE bookings_terms ENABLE TRIGGER bookings_terms_final;
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name="terms",
            name="ordered_min",
            field=models.IntegerField(help_text="Minutes ordered at first; what was paid on top is an Extension."),
        ),
        migrations.AlterField(
            model_name="booking",
            name="billed_min",
            field=models.IntegerField(default=0, help_text="Minutes up to which is charged in the ledger."),
        ),
        migrations.AlterField(
            model_name="booking",
            name="came_ms",
            field=models.BigIntegerField(
                blank=True,
                help_text="The companion came to an appointment whose clock could not start: her first words since the "
                "agreed time, or that she said she is at the place.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="booking",
            name="granted_ms",
            field=models.BigIntegerField(help_text="Prepaid time; what was ordered and what was paid on top."),
        ),
        migrations.AlterField(
            model_name="terms",
            name="price_fen",
            field=models.BigIntegerField(help_text="Fen per hour, or for a visit."),
        ),
        migrations.AlterField(
            model_name="terms",
            name="promise_ms",
            field=models.BigIntegerField(
                blank=True,
                help_text="Reply promise; a longer wait is not billed. None where two meet in person.",
                null=True,
            ),
        ),
        # Left to Django, the unique indexes on the same columns would go as well.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    """
                    DROP INDEX bookings_booking_client_id_4922b542;
                    DROP INDEX bookings_booking_companion_id_cd23cf35;
                    DROP INDEX bookings_booking_earned_account_id_0c882b4e;
                    DROP INDEX bookings_booking_hold_account_id_ece2ed7f;
                    """,
                    migrations.RunSQL.noop,
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="booking",
                    name="client",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AlterField(
                    model_name="booking",
                    name="companion",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="served_bookings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AlterField(
                    model_name="booking",
                    name="earned_account",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.account",
                    ),
                ),
                migrations.AlterField(
                    model_name="booking",
                    name="hold_account",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.account",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(
                condition=models.Q(("state__in", ("ended", "exhausted"))),
                fields=["client"],
                name="booking_unsettled_of_client",
            ),
        ),
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(
                condition=models.Q(("state__in", ("ended", "exhausted"))),
                fields=["companion"],
                name="booking_unsettled_of_companion",
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("came_ms", None),
                    models.Q(("came_ms__gte", models.F("starts_ms")), ("now", False)),
                    ("online", False),
                    _connector="OR",
                ),
                name="booking_came_when_agreed",
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=models.Q(("client_came_ms", None), ("online", False), _connector="OR"),
                name="booking_client_comes_to_a_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=models.Q(("awaiting_since_ms", None), ("state__in", ("live", "paused")), _connector="OR"),
                name="booking_awaits_while_together",
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=models.Q(("client_paused_ms__gte", 0)), name="booking_paused_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=models.Q(("online", False), ("state", "paused"), _negated=True),
                name="booking_only_online_pauses",
            ),
        ),
        migrations.AddConstraint(
            model_name="terms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("included_min", 0), ("overtime_fen", 0), ("price_unit", "hour")),
                    models.Q(
                        ("included_min__gt", 0),
                        ("ordered_min", models.F("included_min")),
                        ("overtime_fen__gte", 0),
                        ("price_unit", "visit"),
                    ),
                    _connector="OR",
                ),
                name="terms_price_unit",
            ),
        ),
        migrations.AddConstraint(
            model_name="terms",
            constraint=models.CheckConstraint(condition=models.Q(("ordered_min__gt", 0)), name="terms_order_time"),
        ),
        migrations.AddConstraint(
            model_name="terms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("promise_ms", None), ("promise_ms__gt", 0), _connector="OR"),
                    ("accept_window_ms__gt", 0),
                    ("client_grace_ms__gt", 0),
                    ("client_pause_limit_ms__gt", 0),
                    ("companion_grace_ms__gt", 0),
                    ("first_message_window_ms__gt", 0),
                    ("pause_limit_ms__gt", 0),
                ),
                name="terms_windows_positive",
            ),
        ),
        migrations.RunSQL(
            """
            DROP FUNCTION bookings_meter(integer, bigint, bigint, uuid);
            DROP FUNCTION bookings_meter_together(integer, bigint, bigint, uuid);
            DROP FUNCTION bookings_note_message(uuid, boolean, bigint, bigint);
            DROP FUNCTION bookings_turn(bookings_booking, boolean, bigint, bigint);
            DROP FUNCTION bookings_held_up(bookings_booking);
            """,
            migrations.RunSQL.noop,
        ),
        install_functions(),
        migrations.RunSQL(
            """
            DROP TRIGGER bookings_segment_final ON bookings_segment;
            CREATE TRIGGER bookings_segment_final BEFORE DELETE ON bookings_segment
                FOR EACH STATEMENT EXECUTE FUNCTION bookings_terms_final();
            CREATE TRIGGER bookings_segment_kept BEFORE UPDATE ON bookings_segment
                FOR EACH ROW EXECUTE FUNCTION bookings_segment_kept();
            """,
            migrations.RunSQL.noop,
        ),
    ]
