"""What nobody may read in the database. Fernet: AES-128-CBC and HMAC-SHA256; the first key seals, any key opens."""

import logging
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import QuerySet

log = logging.getLogger(__name__)


def seal(clear: bytes) -> bytes:
    return keys().encrypt(clear)


def unseal(sealed: bytes | memoryview) -> bytes:
    """Raises cryptography.fernet.InvalidToken when no key fits or a byte was changed."""
    return keys().decrypt(bytes(sealed))


def reseal(sealed: bytes) -> bytes:
    """The same content under the first key."""
    return keys().rotate(bytes(sealed))


def reseal_column(rows: QuerySet[Any], column: str) -> int:
    """Puts one sealed column of these rows under the first key, row by row. Returns how many; those that no key opens
    stay as they are and are named in the log."""
    sealed = rows.exclude(**{column: None}).values_list("pk", flat=True)
    return sum(_reseal(rows.filter(pk=pk), column) for pk in list(sealed))


@transaction.atomic
def _reseal(row: QuerySet[Any], column: str) -> bool:
    # Read again under the lock: it may have been erased or replaced meanwhile.
    found = row.select_for_update(of=("self",)).values_list("pk", column).first()
    if found is None or found[1] is None:
        return False
    try:
        return bool(row.update(**{column: reseal(found[1])}))
    except InvalidToken:
        log.error("%s %s: no key opens its %s", row.model._meta.label, found[0], column)
        return False


def keys() -> MultiFernet:
    """Raises ImproperlyConfigured naming DOCUMENT_KEYS when one of them is no key."""
    return _keys(tuple(settings.DOCUMENT_KEYS))


@lru_cache(maxsize=4)
def _keys(texts: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(text.strip()) for text in texts])
    except ValueError:
        raise ImproperlyConfigured("Set DOCUMENT_KEYS to Fernet keys (see docs/operations.md).") from None
