"""Several may pay for one order."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now

from bookings.sql import install_functions

GUARD = """
CREATE TRIGGER bookings_share_bounded AFTER INSERT OR UPDATE ON bookings_share
    FOR EACH ROW EXECUTE FUNCTION bookings_share_bounded();
CREATE TRIGGER bookings_share_final BEFORE UPDATE ON bookings_share
    FOR EACH ROW WHEN (
        OLD.state <> 'open'
        OR (OLD.booking_id, OLD.payer_id, OLD.payment_seq, OLD.amount_fen)
            IS DISTINCT FROM (NEW.booking_id, NEW.payer_id, NEW.payment_seq, NEW.amount_fen)
    ) EXECUTE FUNCTION bookings_share_final();
CREATE TRIGGER bookings_share_kept BEFORE DELETE ON bookings_share
    FOR EACH STATEMENT EXECUTE FUNCTION bookings_share_final();
CREATE TRIGGER bookings_shares_complete BEFORE UPDATE OF state ON bookings_booking
    FOR EACH ROW WHEN (OLD.state = 'awaiting_payment' AND NEW.state = 'requested')
    EXECUTE FUNCTION bookings_shares_complete();
"""

UNGUARD = """
DROP TRIGGER bookings_shares_complete ON bookings_booking;
DROP TRIGGER bookings_share_kept ON bookings_share;
DROP TRIGGER bookings_share_final ON bookings_share;
DROP TRIGGER bookings_share_bounded ON bookings_share;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0034_asked_since_agreed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="terms",
            name="shared_by",
            field=models.PositiveSmallIntegerField(
                db_default=1,
                default=1,
                help_text="How many pay that sum before its companion is asked; see Share.",
            ),
        ),
        migrations.AddConstraint(
            model_name="terms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("prepaid_fen__gte", models.F("shared_by")), ("shared_by__gte", 1), ("shared_by__lte", 4)
                ),
                name="terms_shared_by_somebody",
            ),
        ),
        migrations.CreateModel(
            name="Share",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("payment_seq", models.PositiveSmallIntegerField()),
                ("amount_fen", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("paid", "Paid"), ("dropped", "Dropped")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
                (
                    "booking",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shares", to="bookings.booking"
                    ),
                ),
                (
                    "payer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("booking", "payment_seq"), name="share_payment_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")), fields=("booking", "payer"), name="share_one_open_each"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gt", 0), ("payment_seq__gt", 0)), name="share_is_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "paid", "dropped"])), name="share_state_known"
                    ),
                ],
            },
        ),
        install_functions(),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
