"""What the database refuses, whoever writes."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from bookings.models import Booking
from chat.models import Conversation
from notices.models import Device, Notice, Preference

pytestmark = pytest.mark.django_db
HEX, KEY, SECRET = "a" * 64, "B" * 87, "c" * 22


def refused(rule: str, make) -> None:
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        make()


def test_a_notice_tells_of_one_thing(talk, order, companion):
    def notice(**fields):
        return lambda: Notice.objects.create(**{"recipient": companion, "topic": "message", "written_ms": 1, **fields})

    refused("notice_tells_of_one", notice(conversation=talk))
    refused("notice_tells_of_one", notice(conversation=talk, seq=0))
    refused("notice_tells_of_one", notice(conversation=talk, seq=1, booking=order))
    refused("notice_tells_of_one", notice(topic="order", booking=order, seq=1))
    refused("notice_tells_of_one", notice(topic="news", booking=order))
    refused("notice_attempts_bounded", notice(conversation=talk, seq=1, attempts=6))


def test_each_is_told_once_of_each(talk, companion):
    told = {"recipient": companion, "topic": "message", "conversation": talk, "seq": 1, "written_ms": 1}
    Notice.objects.create(**told)
    refused("notice_once_a_talk", lambda: Notice.objects.create(**told))


def test_and_of_each_order(order, companion):
    Notice.objects.all().delete()
    told = {"recipient": companion, "topic": "order", "booking": order, "written_ms": 1}
    Notice.objects.create(**told)
    refused("notice_once_an_order", lambda: Notice.objects.create(**told))


@pytest.mark.parametrize("who", ["stranger", "client_user"])
def test_nobody_is_told_of_what_is_not_his(talk, order, stranger, client_user, who):
    person = {"stranger": stranger, "client_user": client_user}[who]
    told = {"recipient": person, "written_ms": 1}
    concerns = "for somebody whom it concerns"
    refused(concerns, lambda: Notice.objects.create(**told, topic="order", booking=order))
    if person == stranger:
        refused(concerns, lambda: Notice.objects.create(**told, topic="message", conversation=talk, seq=1))


def test_a_device_is_whole(client_user):
    whole = {"user": client_user, "endpoint": "https://x/y", "p256dh": KEY, "auth": SECRET, "mark": HEX}
    whole |= {"session_key": "s", "password_mark": HEX}
    broken = {
        "device_endpoint_is_address": {"endpoint": "ftp://x"},
        "device_key_of_65_bytes": {"p256dh": "B"},
        "device_secret_16_bytes": {"auth": "!" * 22},
        "device_mark_is_hash": {"mark": "x"},
        "device_has_session": {"session_key": ""},
        "device_rests_until_a_moment": {"rests_until_ms": 0},
    }
    for rule, change in broken.items():
        refused(rule, lambda change=change: Device.objects.create(**{**whole, **change}))
    Device.objects.create(**whole)
    refused("endpoint", lambda: Device.objects.create(**whole))


def test_mail_is_wanted_in_a_known_way(client_user):
    refused("preference_mail_known", lambda: Preference.objects.create(user=client_user, mail_orders="daily"))


def test_who_is_erased_takes_all_of_it_along(companion, talk, phone_of):
    """Nothing of it keeps an account from being erased: only its orders do."""
    phone_of(companion)
    Preference.objects.create(user=companion)
    Notice.objects.create(recipient=companion, topic="message", conversation=talk, seq=1, written_ms=1)
    kept = {
        field.remote_field.on_delete.__name__
        for model in (Device, Preference, Notice)
        for field in model._meta.fields
        if field.remote_field and field.related_model is User
    }
    assert kept == {"CASCADE"}
    assert (Booking.objects.exists(), Conversation.objects.exists()) == (True, True)
