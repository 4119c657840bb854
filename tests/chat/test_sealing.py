"""What people wrote is nobody else's: sealed with keys that change, and said to be lost when its key is."""

import base64
import os
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from chat.live.wire import message_frame
from chat.models import Attachment, Conversation, Message
from chat.sealing import image_context, keys, seal_text, unseal_text
from chat.services import resealing
from common.keyring import KeyLost, Tampered
from tests.orders import live

pytestmark = pytest.mark.django_db


def new_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


@pytest.fixture
def talk(client_user, listing) -> Conversation:
    return Conversation.objects.get(booking=live(client_user, listing))


def say(talk: Conversation, text: str) -> Message:
    Conversation.objects.filter(pk=talk.pk).update(last_seq=talk.last_seq + 1)
    talk.refresh_from_db()
    cmid = uuid4()
    return Message.objects.create(
        conversation=talk,
        seq=talk.last_seq,
        sender=talk.client,
        cmid=cmid,
        kind=Message.Kind.TEXT,
        sealed=seal_text(text, talk.pk, cmid),
        booking=talk.booking,
        at_ms=1,
    )


def show(talk: Conversation) -> Attachment:
    picture = Attachment(conversation=talk, uploader=talk.client, width=2, height=1, at_ms=1)
    picture.image = keys().seal(b"large", image_context(picture.pk, "image"))
    picture.preview = keys().seal(b"small", image_context(picture.pk, "preview"))
    picture.save()
    return picture


def words(line: Message) -> str:
    line.refresh_from_db()
    return unseal_text(line.sealed, line.conversation_id, line.cmid)


def frame_of(line: Message) -> dict:
    line.refresh_from_db()
    row = {name: getattr(line, name) for name in ("seq", "sender_id", "cmid", "kind", "body", "at_ms")}
    return message_frame(line.conversation_id, {**row, "sealed": bytes(line.sealed), "picture": None})


def test_what_was_said_is_not_in_the_row(talk):
    line = say(talk, "只有我们知道")
    assert "只有".encode() not in bytes(line.sealed) and line.body == ""
    assert words(line) == "只有我们知道"


def test_the_same_words_look_different_each_time(talk):
    assert len({bytes(say(talk, "嗯").sealed) for _ in range(3)}) == 3


def test_with_a_new_key_in_front_the_old_words_are_read_and_new_ones_written(talk, settings):
    old = say(talk, "从前")
    settings.MESSAGE_KEYS = [new_key(), *settings.MESSAGE_KEYS]
    new = say(talk, "现在")
    assert (words(old), words(new)) == ("从前", "现在")
    assert bytes(old.sealed)[:4] != bytes(new.sealed)[:4]


def test_after_rotating_the_old_key_can_be_taken_away(talk, settings, monkeypatch, capsys):
    monkeypatch.setattr(resealing, "LINES_AT_ONCE", 2)
    lines = [say(talk, f"第 {number} 句") for number in range(5)]
    picture = show(talk)
    settings.MESSAGE_KEYS = [new_key(), *settings.MESSAGE_KEYS]
    late = say(talk, "已经是新的")
    before = bytes(late.sealed)
    call_command("rotate_message_keys")
    assert capsys.readouterr().out == "7 under the first key.\n"
    settings.MESSAGE_KEYS = settings.MESSAGE_KEYS[:1]
    assert [words(line) for line in lines] == [f"第 {number} 句" for number in range(5)]
    late.refresh_from_db()
    assert bytes(late.sealed) == before
    picture.refresh_from_db()
    for size, content in (("image", b"large"), ("preview", b"small")):
        assert keys().unseal(bytes(getattr(picture, size)), image_context(picture.pk, size)) == content
    call_command("rotate_message_keys")
    assert capsys.readouterr().out == "0 under the first key.\n"


def test_a_lost_key_is_said_and_nothing_is_shown_in_its_place(talk, settings, caplog):
    line = say(talk, "从前")
    settings.MESSAGE_KEYS = [new_key()]
    with pytest.raises(KeyLost, match=bytes(line.sealed)[:4].hex()):
        words(line)
    frame = frame_of(line)
    assert (frame["body"], frame["unreadable"]) == (None, True)
    assert f"message {line.seq} of conversation {talk.pk} cannot be read" in caplog.text


def test_rotating_with_a_lost_key_leaves_those_rows_and_fails(talk, settings, caplog):
    lost, before = say(talk, "从前"), None
    before = bytes(lost.sealed)
    settings.MESSAGE_KEYS = [new_key()]
    with pytest.raises(CommandError, match="1 are opened by no key"):
        call_command("rotate_message_keys")
    lost.refresh_from_db()
    assert bytes(lost.sealed) == before and str(lost.pk) in caplog.text


@pytest.mark.parametrize("place", [0, 5, 17, -1], ids=["key's name", "nonce", "words", "tag"])
def test_a_changed_byte_is_noticed(talk, place):
    line = say(talk, "一字不差")
    sealed = bytearray(line.sealed)
    sealed[place] ^= 1
    with pytest.raises((KeyLost, Tampered)):
        unseal_text(bytes(sealed), talk.pk, line.cmid)


def test_a_row_copied_to_another_talk_does_not_open(talk):
    line = say(talk, "只在这里")
    with pytest.raises(Tampered):
        unseal_text(line.sealed, talk.pk + 1, line.cmid)
    with pytest.raises(Tampered):
        unseal_text(line.sealed, talk.pk, uuid4())


@pytest.mark.parametrize("text", ["", "short", "a" * 43, "not base64!"])
def test_what_is_no_key_is_named(settings, text):
    settings.MESSAGE_KEYS = [text]
    with pytest.raises(ImproperlyConfigured, match="MESSAGE_KEYS"):
        keys()


@pytest.mark.parametrize(
    "change",
    [
        "body = 'in clear'",
        "sealed = NULL",
        "kind = 'system'",
        "kind = 'image'",
        "attachment_id = gen_random_uuid()",
    ],
)
def test_the_database_refuses_a_text_in_clear_or_in_disguise(talk, change):
    line = say(talk, "一句")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE chat_message SET {change} WHERE conversation_id = %s AND seq = %s", [talk.pk, line.seq])
