"""Quiet hours: nothing is sent in them, and what is still true when they end is sent then."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import IntegrityError

from accounts.services import send_letter, unsent_letters
from bookings import services as bookings
from common.clock import database_now_ms, moment
from notices import services
from notices.models import Mail, Notice, Preference
from notices.services.quiet import quiet_until
from tests.notices.talking import look, reads, says
from tests.orders import requested

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR_MS = 3_600_000


def at(time: str) -> int:
    """Ms of that moment in Shanghai."""
    return int(datetime.fromisoformat(time).replace(tzinfo=SHANGHAI).timestamp() * 1000)


NIGHT = Preference(quiet_from_min=22 * 60, quiet_until_min=7 * 60 + 30)
NOON = Preference(quiet_from_min=12 * 60, quiet_until_min=14 * 60)


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (NIGHT, "2026-11-27T21:59:59", None),
        (NIGHT, "2026-11-27T22:00", "2026-11-28T07:30"),
        (NIGHT, "2026-11-27T23:59:59", "2026-11-28T07:30"),
        (NIGHT, "2026-11-28T00:00", "2026-11-28T07:30"),
        (NIGHT, "2026-11-28T07:29:59", "2026-11-28T07:30"),
        (NIGHT, "2026-11-28T07:30", None),
        (NIGHT, "2026-12-31T23:00", "2027-01-01T07:30"),
        (NOON, "2026-11-27T12:00", "2026-11-27T14:00"),
        (NOON, "2026-11-27T14:00", None),
        (NOON, "2026-11-27T02:00", None),
        (Preference(), "2026-11-27T02:00", None),
    ],
)
def test_when_they_end(hours, now, until):
    assert quiet_until(hours, at(now)) == (until and at(until))


def quiet_now(user, hours: int = 2) -> int:
    """His quiet hours began an hour ago. Returns when they end."""
    minute = moment(database_now_ms()).astimezone(SHANGHAI)
    now = minute.hour * 60 + minute.minute
    wishes = Preference.objects.create(
        user=user, mail_messages=Mail.ALWAYS, quiet_from_min=(now - 60) % 1440, quiet_until_min=(now + 60) % 1440
    )
    return quiet_until(wishes, database_now_ms())


def test_a_message_waits_for_their_end(talk, companion, client_user, phone_of):
    phone, ends = phone_of(companion), quiet_now(companion)
    says(talk, client_user)
    look()
    [notice] = Notice.objects.all()
    assert (phone.shown, notice.due_ms, notice.attempts) == ([], ends, 0)
    assert not unsent_letters().exists()
    look(now_ms=ends)
    assert len(phone.shown) == 1
    assert unsent_letters().exists()


def test_what_was_read_meanwhile_is_not_sent_at_their_end(talk, companion, client_user, phone_of):
    phone, ends = phone_of(companion), quiet_now(companion)
    says(talk, client_user)
    look()
    reads(talk, companion)
    look(now_ms=ends)
    assert phone.shown == []


def test_an_order_that_is_gone_by_then_is_never_told(client_user, listing, companion, phone_of):
    phone, ends = phone_of(companion), quiet_now(companion)
    booking = requested(client_user, listing)
    services.tell_of_order(booking_id=booking.pk)
    bookings.cancel(booking=booking, by=client_user)
    look(now_ms=ends)
    assert (phone.shown, Notice.objects.exists()) == ([], False)


def test_others_are_told_meanwhile(talk, companion, client_user, phone_of):
    quiet_now(companion)
    phone = phone_of(client_user)
    says(talk, companion)
    look()
    assert len(phone.shown) == 1


@pytest.mark.parametrize(
    "hours", [(60, None), (None, 60), (60, 60), (-1, 60), (0, 1440)], ids=lambda pair: f"{pair[0]} to {pair[1]}"
)
def test_the_database_keeps_only_hours_that_can_be(client_user, hours):
    with pytest.raises(IntegrityError, match="preference_quiet|quiet_from_min_check|quiet_until_min_check"):
        Preference.objects.create(user=client_user, quiet_from_min=hours[0], quiet_until_min=hours[1])


def test_a_letter_that_was_held_up_is_not_sent_once_it_is_read(talk, companion, client_user):
    Preference.objects.create(user=companion, mail_messages=Mail.ALWAYS)
    says(talk, client_user)
    look()
    [letter] = unsent_letters()
    reads(talk, companion)
    send_letter(letter_id=letter.pk)
    assert mail.outbox == []
