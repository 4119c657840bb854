"""What a companion earned by day, from the ledger, in the days of Shanghai."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection

from bookings import services as bookings
from bookings.models import Booking
from payments import services
from payments.models import Transfer
from tests.bookings.test_lifecycle import age
from tests.orders import MINUTE, live, settle, speak

pytestmark = pytest.mark.django_db
LONG_AGO = date(2020, 1, 1)


def earned(client, listing, minutes: int, at: datetime) -> Booking:
    """An order of so many full minutes (the last one a wait) that was settled then; no two overlap."""
    booking = live(client, listing)
    age(booking, Booking.objects.count() * 60 * MINUTE)
    booking.refresh_from_db()
    speak(booking.pk, companion=False, now_ms=booking.live_since_ms + (minutes - 1) * MINUTE + 500)
    bookings.end(booking=booking, by=client)
    settle(booking)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Transfer.objects.filter(ref=booking.pk).update(at=at)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    return booking


def test_a_day_is_the_companions_share_of_what_was_settled_on_it(client_user, companion, listing):
    noon = datetime(2026, 3, 5, 4, tzinfo=UTC)
    earned(client_user, listing, 6, noon)
    earned(client_user, listing, 3, noon)
    # 20 yuan an hour: 6 min cost 2.00, 3 min 1.00; the platform's 15 % is rounded down.
    assert services.daily_income(user=companion, since=LONG_AGO) == {date(2026, 3, 5): 170 + 85}


def test_days_begin_at_midnight_in_shanghai_also_over_the_end_of_a_year(client_user, companion, listing):
    earned(client_user, listing, 3, datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC))
    earned(client_user, listing, 3, datetime(2025, 12, 31, 16, 0, 0, tzinfo=UTC))
    assert services.daily_income(user=companion, since=LONG_AGO) == {date(2025, 12, 31): 85, date(2026, 1, 1): 85}
    assert services.daily_income(user=companion, since=date(2026, 1, 1)) == {date(2026, 1, 1): 85}


def test_the_days_add_up_to_the_income_of_all_time(client_user, companion, listing):
    for minutes in (1, 7, 29):
        earned(client_user, listing, minutes, datetime(2026, 5, minutes, tzinfo=UTC))
    days = services.daily_income(user=companion, since=LONG_AGO)
    assert (len(days), sum(days.values())) == (3, services.income_of(user=companion))


def test_another_ones_income_and_the_clients_refund_are_not_hers(client_user, companion, listing, other_listing):
    earned(client_user, other_listing, 6, datetime(2026, 3, 5, tzinfo=UTC))
    assert services.daily_income(user=companion, since=LONG_AGO) == {}
