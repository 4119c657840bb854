"""Both languages are complete, and what is compiled is what is written."""

import pytest
from django.core.management import CommandError, call_command

from common import catalogues


def test_every_message_is_translated_and_compiled():
    call_command("update_messages", "--check")


def test_a_new_message_is_noticed(monkeypatch):
    found = catalogues.messages

    def one_more(root):
        entry = catalogues.polib.POEntry(msgid="Nobody has translated this")
        return {**found(root), (None, entry.msgid): entry}

    monkeypatch.setattr(catalogues, "messages", one_more)
    with pytest.raises(CommandError, match="Nobody has translated this"):
        call_command("update_messages", "--check")


def test_templates_are_read(settings):
    found = catalogues.messages(settings.BASE_DIR)
    assert (None, "Skip to content") in found
