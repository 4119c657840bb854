"""A message that waits unread tells its reader once, wherever he is but here."""

import pytest

from accounts import services as accounts
from bookings import services as bookings
from chat.models import Conversation
from common import presence
from common.clock import database_now_ms
from notices import services
from notices.models import Notice
from tests.notices.talking import look, reads, says, talk_of
from tests.orders import accepted
from tests.presence import seen

pytestmark = pytest.mark.django_db


def test_a_companion_who_is_away_is_told_and_not_what_was_written(talk, companion, client_user, phone_of):
    phone = phone_of(companion)
    says(talk, client_user)
    look()
    assert phone.shown == [
        {"title": "我在", "body": "lin 给你发来消息", "path": f"/chat/{talk.booking_id}/", "tag": f"talk-{talk.pk}"}
    ]
    [claims] = phone.signed_for
    assert (claims["aud"], claims["sub"]) == (phone.url, "mailto:hello@localhost")


def test_so_is_a_client_in_his_language_by_the_name_she_shows(talk, companion, client_user, phone_of):
    client_user.language = "en"
    client_user.save(update_fields=["language"])
    phone = phone_of(client_user)
    says(talk, companion)
    look()
    assert [(shown["title"], shown["body"]) for shown in phone.shown] == [("Wozai", "shanshan has written to you")]


def test_nobody_is_told_of_his_own_words_nor_of_what_the_clock_says(talk, companion, client_user):
    says(talk, client_user)
    reads(talk, companion)
    assert talk.messages.filter(kind="system").exists()
    assert services.write_notices() == 0


def test_who_is_here_reads_it_himself(talk, companion, client_user, phone_of):
    phone = phone_of(companion)
    seen(companion, database_now_ms())
    says(talk, client_user)
    look()
    assert (phone.shown, Notice.objects.exists()) == ([], False)


def test_who_was_here_half_a_minute_ago_is_told(talk, companion, client_user, phone_of):
    phone = phone_of(companion)
    seen(companion, database_now_ms() - presence.STALE_MS)
    says(talk, client_user)
    look()
    assert len(phone.shown) == 1


def test_a_redis_that_cannot_be_asked_makes_one_notice_too_many_rather_than_none(
    talk, companion, client_user, phone_of, monkeypatch
):
    phone = phone_of(companion)
    seen(companion, database_now_ms())
    says(talk, client_user)

    def unknown(*_args, **_options):
        raise presence.PresenceUnknown

    monkeypatch.setattr(presence, "connected", unknown)
    look()
    assert len(phone.shown) == 1


def test_within_the_grace_nothing_is_told(talk, companion, client_user, phone_of):
    phone = phone_of(companion)
    says(talk, client_user, ms_ago=14_000)
    look()
    assert phone.shown == []


def test_further_messages_tell_nothing_more_until_it_was_read(talk, companion, client_user, phone_of):
    phone = phone_of(companion)
    for _ in range(3):
        says(talk, client_user)
        look()
    assert len(phone.shown) == 1
    reads(talk, companion)
    look()
    assert len(phone.shown) == 1
    says(talk, client_user)
    look()
    assert len(phone.shown) == 2
    assert Notice.objects.count() == 1


def test_who_writes_without_a_pause_is_told_of_too(talk, companion, client_user, phone_of):
    """The newest is always young; what counts is that one has waited."""
    phone = phone_of(companion)
    says(talk, client_user)
    says(talk, client_user, ms_ago=0)
    look()
    assert len(phone.shown) == 1


def test_what_was_read_before_the_telling_is_not_told(talk, companion, client_user, phone_of):
    phone = phone_of(companion)
    says(talk, client_user)
    services.write_notices()
    reads(talk, companion)
    services.tell_due()
    assert (phone.shown, Notice.objects.exists()) == ([], False)


def test_nor_is_what_was_said_in_a_chat_that_closed(talk, order, companion, client_user, phone_of):
    phone = phone_of(companion)
    says(talk, client_user)
    services.write_notices()
    bookings.end(booking=order, by=client_user)
    look()
    assert phone.shown == []


def test_closed_and_not_told_it_is_told_when_the_two_talk_again(talk, order, companion, client_user, listing, phone_of):
    phone = phone_of(companion)
    says(talk, client_user)
    services.write_notices()
    bookings.end(booking=order, by=client_user)
    look()
    accepted(client_user, listing)
    says(talk_of(order), client_user)
    look()
    assert len(phone.shown) == 1


@pytest.mark.parametrize("who", ["companion", "client_user"])
def test_two_who_are_apart_are_not_told_of_each_other(talk, companion, client_user, phone_of, who, request):
    phone = phone_of(companion)
    says(talk, client_user)
    by = request.getfixturevalue(who)
    accounts.block(by=by, other=companion if by == client_user else client_user)
    Conversation.objects.filter(pk=talk.pk).update(gate=True)
    assert services.write_notices() == 0
    Notice.objects.create(
        recipient=companion, topic="message", conversation=talk, seq=talk.last_seq, written_ms=1, due_ms=1
    )
    look()
    assert phone.shown == []


def test_who_is_suspended_hears_nothing(talk, companion, client_user, phone_of):
    phone = phone_of(companion)
    says(talk, client_user)
    services.write_notices()
    companion.is_active = False
    companion.save(update_fields=["is_active"])
    look()
    assert (phone.shown, services.write_notices()) == ([], 0)


def test_who_comes_before_the_telling_is_told_only_once_she_has_gone_again(talk, companion, client_user, phone_of):
    phone, now = phone_of(companion), database_now_ms()
    says(talk, client_user)
    services.write_notices()
    seen(companion, now)
    services.tell_due()
    [notice] = Notice.objects.all()
    assert (phone.shown, notice.attempts) == ([], 0)
    services.tell_due(now_ms=now + 60_000)
    assert len(phone.shown) == 1
