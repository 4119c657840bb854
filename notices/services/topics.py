"""What there is to tell of: whether it is still true, and in which words. They say nothing of what was written, and
name nobody but by the name that he himself shows: others may see the screen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from accounts.models import Block
from bookings.models import Booking, State
from chat.models import Conversation
from common.clock import moment
from notices.models import Notice, Preference, Topic

# So long a browser that is switched off may still want to know that somebody wrote.
MESSAGE_TRUE_MS = 12 * 60 * 60_000
HOUR_MS, MINUTE_MS = 60 * 60_000, 60_000


@dataclass(frozen=True, slots=True)
class Words:
    """In the reader's language. What bears the same tag takes the place of what was shown before."""

    body: str
    path: str
    tag: str


@dataclass(frozen=True, slots=True)
class Policy:
    """`until` is when it is no longer true, in ms; None if that is so by now. `words` are in the language of now."""

    until: Callable[[Notice, int], int | None]
    words: Callable[[Notice, int], Words]
    mail: Callable[[Preference], str]


def true_until(notice: Notice, now_ms: int) -> int | None:
    """None when it is not to be sent any more: it is no longer true, or its reader hears nothing from us."""
    return TOPICS[notice.topic].until(notice, now_ms) if notice.recipient.is_active else None


def policy_of(notice: Notice) -> Policy:
    return TOPICS[notice.topic]


def _message_until(notice: Notice, now_ms: int) -> int | None:
    talk = _talk_of(notice)
    is_client = notice.recipient_id == talk.client_id
    read = talk.client_read if is_client else talk.companion_read
    if not talk.gate or read >= (notice.seq or 0) or _are_apart(talk.client_id, talk.companion_id):
        return None
    return now_ms + MESSAGE_TRUE_MS


def _message_words(notice: Notice, _now_ms: int) -> Words:
    talk = _talk_of(notice)
    name = _name_of_other(talk.booking, notice.recipient_id)
    body = gettext("%(name)s has written to you") % {"name": name}
    return Words(body, reverse("chat:room", args=[talk.booking_id]), f"talk-{talk.pk}")


def _order_until(notice: Notice, now_ms: int) -> int | None:
    order = _order_of(notice)
    due = order.due_ms or 0
    waits = order.state == State.REQUESTED and due > now_ms
    return due if waits and not _are_apart(order.client_id, order.companion_id) else None


def _order_words(notice: Notice, now_ms: int) -> Words:
    order = _order_of(notice)
    return Words(_time_left(order.due_ms or now_ms, now_ms), reverse("bookings:workbench"), f"order-{order.pk}")


def _time_left(until_ms: int, now_ms: int) -> str:
    if until_ms - now_ms > HOUR_MS:
        time = date_format(timezone.localtime(moment(until_ms)), "H:i")
        return gettext("A new order waits for your answer, until %(time)s") % {"time": time}
    minutes = max(1, round((until_ms - now_ms) / MINUTE_MS))
    words = ngettext(
        "A new order waits for your answer, for one minute",
        "A new order waits for your answer, for %(minutes)s minutes",
        minutes,
    )
    return words % {"minutes": minutes}


def _talk_of(notice: Notice) -> Conversation:
    """There is one: a constraint holds it to its topic. The same below."""
    return cast(Conversation, notice.conversation)


def _order_of(notice: Notice) -> Booking:
    return cast(Booking, notice.booking)


def _name_of_other(booking: Booking, reader_id: int) -> str:
    return booking.terms.companion_name if reader_id == booking.client_id else booking.client.display_name


def _are_apart(one: int, other: int) -> bool:
    return Block.objects.between(one, other).exists()


TOPICS: dict[str, Policy] = {
    Topic.MESSAGE: Policy(_message_until, _message_words, lambda wishes: wishes.mail_messages),
    Topic.ORDER: Policy(_order_until, _order_words, lambda wishes: wishes.mail_orders),
}
