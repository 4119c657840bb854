"""AES-256-GCM under one of several keys. What was sealed names its key, so a lost key is told from a changed byte.

Sealed: 4 bytes of the key's name, 12 of nonce, the ciphertext with its tag of 16. The nonce is random (NIST SP 800-38D,
8.2.2): one key must not seal more than 2**32 texts, so it is changed long before.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import ImproperlyConfigured

NAME_BYTES, NONCE_BYTES, TAG_BYTES = 4, 12, 16
OVERHEAD_BYTES = NAME_BYTES + NONCE_BYTES + TAG_BYTES


class Unreadable(Exception):
    """No key of the ring opens it, or what is sealed was changed or belongs elsewhere."""


class KeyLost(Unreadable):
    """The key it names is not on the ring."""

    def __init__(self, name: bytes) -> None:
        super().__init__(f"no key {name.hex()}")
        self.name = name


class Tampered(Unreadable):
    """The key is there, but the bytes or their place are not those that were sealed."""


class Keyring:
    """The first key seals; each opens what it sealed. `context` says where the text belongs and is not stored."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = {_name(key): AESGCM(key) for key in keys}
        self.current = _name(keys[0])
        self._cipher = self._ciphers[self.current]

    def seal(self, clear: bytes, context: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return self.current + nonce + self._cipher.encrypt(nonce, clear, context)

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """Raises KeyLost or Tampered."""
        name, nonce = sealed[:NAME_BYTES], sealed[NAME_BYTES : NAME_BYTES + NONCE_BYTES]
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise KeyLost(name)
        try:
            return cipher.decrypt(nonce, sealed[NAME_BYTES + NONCE_BYTES :], context)
        except (InvalidTag, ValueError) as error:
            raise Tampered(f"sealed by {name.hex()}, but not this") from error

    def reseal(self, sealed: bytes, context: bytes) -> bytes:
        """The same content under the first key. Raises KeyLost or Tampered."""
        return self.seal(self.unseal(sealed, context), context)


@lru_cache(maxsize=4)
def keyring(setting: str, texts: tuple[str, ...]) -> Keyring:
    """The ring of these keys, 32 bytes in URL-safe base64 each. Raises ImproperlyConfigured naming the setting."""
    try:
        keys = [base64.urlsafe_b64decode(text.strip()) for text in texts]
    except (binascii.Error, ValueError):
        keys = []
    if not keys or any(len(key) != 32 for key in keys):
        raise ImproperlyConfigured(f"Set {setting} to keys of 32 bytes in base64 (see docs/operations.md).")
    return Keyring(keys)


def _name(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:NAME_BYTES]
