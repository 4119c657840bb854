"""The pages of what was laid out as its people open them, in English, for the tests of extras."""

import re
from uuid import uuid4

from django.urls import reverse

from accounts.models import User
from bookings.models import Booking
from extras.models import Extra
from tests.papers import a_photo

ENGLISH = {"accept-language": "en"}


def page_of(client, booking: Booking, name: str = "detail") -> str:
    page = client.get(reverse(f"bookings:{name}", args=[booking.pk]), headers=ENGLISH).content.decode()
    return re.sub(r"\s+", " ", page)


def as_(client, user: User):
    client.force_login(user)
    return client


def send(client, booking: Booking, **form):
    told = {"what": "挂号费", "amount_fen": "23.5", "photo": a_photo(), "request_key": str(uuid4())}
    return client.post(reverse("extras:ask", args=[booking.pk]), {**told, **form}, headers=ENGLISH)


def look_at_form(client, booking: Booking):
    return client.get(reverse("extras:ask", args=[booking.pk]), headers=ENGLISH)


def tap(client, extra: Extra, doing: str, **form):
    return client.post(reverse(f"extras:{doing}", args=[extra.booking_id, extra.pk]), form, headers=ENGLISH)
