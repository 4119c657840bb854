"""New keys for what was said: everything goes under the first one, some rows at a time, while people go on talking."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import BinaryField, Model, QuerySet
from django.db.models.functions import Substr

from chat.models import Attachment, Message
from chat.sealing import image_context, keys, text_context
from common.keyring import NAME_BYTES, Unreadable

log = logging.getLogger(__name__)
# Pictures are large.
LINES_AT_ONCE, PICTURES_AT_ONCE = 500, 20


def reseal_messages() -> tuple[int, int]:
    """How many texts and pictures are now under the first of MESSAGE_KEYS, and how many no key opens: those stay as
    they are and are named in the log. May be broken off and begun anew."""
    texts = Message.objects.filter(sealed__isnull=False)
    counts = [_reseal(texts, "sealed", lambda line: text_context(line.conversation_id, line.cmid), LINES_AT_ONCE)]
    for size in ("image", "preview"):
        counts.append(_reseal(Attachment.objects.only(size), size, _context_of_picture(size), PICTURES_AT_ONCE))
    return sum(done for done, _ in counts), sum(lost for _, lost in counts)


def _context_of_picture(size: str) -> Callable[[Attachment], bytes]:
    return lambda picture: image_context(picture.pk, size)


def _reseal(rows: QuerySet[Any], column: str, context: Callable[[Any], bytes], at_once: int) -> tuple[int, int]:
    done = lost = 0
    for batch in _batches(rows, column, at_once):
        for row in batch:
            if _under_first_key(row, column, context(row)):
                done += 1
            else:
                lost += 1
    return done, lost


def _batches(rows: QuerySet[Any], column: str, at_once: int) -> Iterator[list[Any]]:
    """Those under another key than the first, by the primary key, each once, locked while they are at hand."""
    other = (
        rows.alias(name=Substr(column, 1, NAME_BYTES, output_field=BinaryField()))
        .exclude(name=keys().current)
        .order_by("pk")
    )
    after: dict[str, Any] = {}
    while True:
        with transaction.atomic():
            batch = list(other.filter(**after).select_for_update(no_key=True, of=("self",))[:at_once])
            if not batch:
                return
            yield batch
        after = {"pk__gt": batch[-1].pk}


def _under_first_key(row: Model, column: str, context: bytes) -> bool:
    try:
        sealed = keys().reseal(bytes(getattr(row, column)), context)
    except Unreadable as error:
        log.error("%s %s: %s", row._meta.label, row.pk, error)
        return False
    type(row)._default_manager.filter(pk=row.pk).update(**{column: sealed})
    return True
