"""Both languages are complete, and what is compiled is what is written."""

import ast
from pathlib import Path

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


def hidden_in(source: str) -> list[int]:
    """Lines with a message inside an f-string, where the extraction does not look."""
    strings = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.JoinedStr)]
    calls = [call for string in strings for call in ast.walk(string) if isinstance(call, ast.Call)]
    return [call.lineno for call in calls if getattr(call.func, "id", "") in {"_", *catalogues.KEYWORDS}]


def test_no_message_hides_in_an_f_string(settings):
    assert hidden_in("""f"{gettext('Reported')} · {_('by')}" """) == [1, 1]
    sources = [path for path in catalogues.sources(Path(settings.BASE_DIR)) if path.suffix == ".py"]
    assert {str(path): lines for path in sources if (lines := hidden_in(path.read_text(encoding="utf-8")))} == {}
