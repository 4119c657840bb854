"""What was said is sealed before it leaves the process; the context is the conversation and the sender's own id of the
message, so a row copied elsewhere does not open. PostgreSQL sees neither keys nor words."""

from uuid import UUID

from django.conf import settings

from common.keyring import Keyring, keyring


def keys() -> Keyring:
    """Raises ImproperlyConfigured naming MESSAGE_KEYS."""
    return keyring("MESSAGE_KEYS", tuple(settings.MESSAGE_KEYS))


def seal_text(text: str, conv: int, cmid: UUID) -> bytes:
    return keys().seal(text.encode(), text_context(conv, cmid))


def unseal_text(sealed: bytes, conv: int, cmid: UUID) -> str:
    """Raises common.keyring.Unreadable."""
    return keys().unseal(bytes(sealed), text_context(conv, cmid)).decode()


def text_context(conv: int, cmid: UUID) -> bytes:
    return b"text" + conv.to_bytes(8) + cmid.bytes


def image_context(attachment_id: UUID, size: str) -> bytes:
    """`size`: image or preview."""
    return size.encode() + attachment_id.bytes
