"""Pictures of a talk: drawn anew, sealed, shown to its two. One that was not sent goes after a day."""

from threading import BoundedSemaphore
from typing import BinaryIO
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.services import one_at_a_time
from chat.errors import ChatClosed, PictureTooLarge, TooManyPictures
from chat.models import Attachment, Conversation
from chat.pictures import MOST_BYTES, Drawn, draw
from chat.sealing import image_context, keys
from common.clock import MS_PER_MINUTE, database_now_ms
from common.errors import Busy

MOST_AN_HOUR = 30
HOUR_MS = 60 * MS_PER_MINUTE
UNSENT_MS = 24 * HOUR_MS
SIZES = ("image", "preview")
# Each takes up to 200 MB while it is drawn, however many are sent at once.
DRAWING = BoundedSemaphore(2)
DRAWING_WAITS_S = 20
AT_ONCE = 500
# The same that a message is asked (chat/sql/write.sql, bookings/sql/turns.sql).
IS_OPEN = """
SELECT c.gate AND bookings_is_open(b, bookings_now_ms())
  FROM chat_conversation c JOIN bookings_booking b ON b.id = c.booking_id WHERE c.id = %s
"""
# Locked first: one that is being sent at this very moment is passed over.
FORGET = """
DELETE FROM chat_attachment WHERE id IN (
    SELECT a.id FROM chat_attachment a
     WHERE a.at_ms <= %s AND NOT EXISTS (SELECT FROM chat_message m WHERE m.attachment_id = a.id)
     LIMIT %s FOR UPDATE SKIP LOCKED)
"""


def keep_picture(*, by: User, conversation: Conversation, upload: BinaryIO) -> Attachment:
    """For a message that is still to be sent.

    Raises ChatClosed, TooManyPictures, NotAPicture, PictureTooLarge, Busy.
    """
    content = upload.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise PictureTooLarge
    _check_open(conversation)
    _check_rate(by)
    return _keep(by, conversation, _drawn(content))


def pictures_of(user: User) -> QuerySet[Attachment]:
    """Those sent in his talks, and his own that are not sent yet."""
    his = Q(conversation__client=user.pk) | Q(conversation__companion=user.pk)
    return Attachment.objects.filter(his, Q(uploader=user.pk) | Q(messages__isnull=False))


def open_picture(picture: UUID, sealed: bytes, size: str) -> bytes:
    """The WebP; `size`: image or preview. Raises common.keyring.Unreadable."""
    return keys().unseal(bytes(sealed), image_context(picture, size))


def forget_unsent(*, now_ms: int | None = None) -> int:
    """Returns how many. `now_ms` is for tests: otherwise the database's clock."""
    by = (database_now_ms() if now_ms is None else now_ms) - UNSENT_MS
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [by, AT_ONCE])
        return cursor.rowcount


def _check_open(conversation: Conversation) -> None:
    with connection.cursor() as cursor:
        cursor.execute(IS_OPEN, [conversation.pk])
        if not cursor.fetchone()[0]:
            raise ChatClosed


def _check_rate(user: User) -> None:
    now = database_now_ms()
    within = Attachment.objects.filter(uploader=user, at_ms__gt=now - HOUR_MS).order_by("-at_ms")
    times = list(within.values_list("at_ms", flat=True)[:MOST_AN_HOUR])
    if len(times) == MOST_AN_HOUR:
        raise TooManyPictures(retry_after_s=-(-(times[-1] + HOUR_MS - now) // 1000))


def _drawn(content: bytes) -> Drawn:
    if not DRAWING.acquire(timeout=DRAWING_WAITS_S):
        raise Busy
    try:
        return draw(content)
    finally:
        DRAWING.release()


@transaction.atomic
def _keep(by: User, conversation: Conversation, drawn: Drawn) -> Attachment:
    one_at_a_time(by)
    _check_rate(by)
    picture = uuid4()
    sealed = {size: keys().seal(getattr(drawn, size), image_context(picture, size)) for size in SIZES}
    return Attachment.objects.create(
        id=picture,
        conversation=conversation,
        uploader=by,
        width=drawn.width,
        height=drawn.height,
        at_ms=database_now_ms(),
        **sealed,
    )
