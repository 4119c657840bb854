"""The photo of a receipt can tell of health: in clear it is only before the eyes of the two."""

import logging

from cryptography.fernet import InvalidToken

from accounts.models import User
from common.sealing import unseal
from extras.models import Extra

log = logging.getLogger(__name__)


def photo_for(extra: Extra, reader: User) -> bytes | None:
    """A JPEG, for the two of the visit; None for everybody else, once it is erased, and where no key opens it."""
    two = (extra.booking.client_id, extra.booking.companion_id)
    if reader.pk not in two or extra.photo is None:
        return None
    try:
        return unseal(extra.photo)
    except InvalidToken:
        log.error("the photo of extra %s opens with none of DOCUMENT_KEYS", extra.pk)
        return None
