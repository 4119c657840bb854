"""Time paid on top, and the codes of two who meet in person."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import bookings.models.code


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0010_whole_meter"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Extension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "request_key",
                    models.UUIDField(help_text="Made with the button: a second tap is the same extension."),
                ),
                ("minutes", models.PositiveIntegerField()),
                (
                    "amount_fen",
                    models.BigIntegerField(help_text="What exactly these minutes cost after those granted before."),
                ),
                (
                    "payment_seq",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="None while it is only asked for.", null=True
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("open", "Open"),
                            ("granted", "Granted"),
                            ("missed", "Missed"),
                            ("dropped", "Dropped"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "decided_ms",
                    models.BigIntegerField(blank=True, help_text="When it was granted, missed or dropped.", null=True),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MeetingCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purpose", models.CharField(choices=[("start", "Start"), ("end", "End")], max_length=5)),
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        default=1, help_text="Which one: the last of its purpose is valid."
                    ),
                ),
                ("digits", models.CharField(default=bookings.models.code.six_digits, max_length=6)),
                ("tries", models.PositiveSmallIntegerField(default=0, help_text="Wrong ones.")),
                ("used_ms", models.BigIntegerField(blank=True, null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
            ],
        ),
        migrations.AddField(
            model_name="extension",
            name="asked_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="extension",
            name="booking",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="extensions", to="bookings.booking"
            ),
        ),
        migrations.AddField(
            model_name="meetingcode",
            name="booking",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="codes", to="bookings.booking"
            ),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.UniqueConstraint(fields=("booking", "request_key"), name="extension_request_once"),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.UniqueConstraint(fields=("booking", "payment_seq"), name="extension_payment_once"),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["asked", "open"])), fields=("booking",), name="extension_one_waits"
            ),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gt", 0), ("minutes__gt", 0)), name="extension_is_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_ms", None), ("state__in", ["asked", "open"])),
                    models.Q(("decided_ms__isnull", False), ("state__in", ["granted", "missed", "dropped"])),
                    _connector="OR",
                ),
                name="extension_decided_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["asked", "dropped"]), ("payment_seq__isnull", False), _connector="OR"
                ),
                name="extension_granted_for_money",
            ),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.CheckConstraint(
                condition=models.Q(("payment_seq", None), ("payment_seq__gt", 1), _connector="OR"),
                name="extension_after_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="meetingcode",
            constraint=models.UniqueConstraint(fields=("booking", "purpose", "number"), name="code_number_once"),
        ),
        migrations.AddConstraint(
            model_name="meetingcode",
            constraint=models.UniqueConstraint(
                condition=models.Q(("used_ms__isnull", False)), fields=("booking", "purpose"), name="code_used_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="meetingcode",
            constraint=models.CheckConstraint(
                condition=models.Q(("digits__regex", "^[0-9]{6}$")), name="code_six_digits"
            ),
        ),
        migrations.AddConstraint(
            model_name="meetingcode",
            constraint=models.CheckConstraint(condition=models.Q(("tries__lte", 5)), name="code_five_tries"),
        ),
        migrations.AddConstraint(
            model_name="meetingcode",
            constraint=models.CheckConstraint(
                condition=models.Q(("used_ms", None), ("tries__lt", 5), _connector="OR"), name="code_not_used_up"
            ),
        ),
        migrations.AddConstraint(
            model_name="meetingcode",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ["start", "end"])), name="code_purpose_known"
            ),
        ),
        migrations.RunSQL(
            """
            CREATE CONSTRAINT TRIGGER bookings_granted_is_paid AFTER UPDATE OF granted_ms ON bookings_booking
                FOR EACH ROW WHEN (OLD.granted_ms IS DISTINCT FROM NEW.granted_ms)
                EXECUTE FUNCTION bookings_check_granted();
            """,
            migrations.RunSQL.noop,
        ),
    ]
