"""What nobody may read in the database. Fernet: AES-128-CBC and HMAC-SHA256; the first key seals, any key opens."""

from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def seal(clear: bytes) -> bytes:
    return keys().encrypt(clear)


def unseal(sealed: bytes) -> bytes:
    """Raises cryptography.fernet.InvalidToken when no key fits or a byte was changed."""
    return keys().decrypt(bytes(sealed))


def reseal(sealed: bytes) -> bytes:
    """The same content under the first key."""
    return keys().rotate(bytes(sealed))


def keys() -> MultiFernet:
    """Raises ImproperlyConfigured naming DOCUMENT_KEYS when one of them is no key."""
    return _keys(tuple(settings.DOCUMENT_KEYS))


@lru_cache(maxsize=4)
def _keys(texts: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(text.strip()) for text in texts])
    except ValueError:
        raise ImproperlyConfigured("Set DOCUMENT_KEYS to Fernet keys (see docs/operations.md).") from None
