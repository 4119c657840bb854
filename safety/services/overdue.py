"""A meeting that ended without a word of both: who has said nothing is asked, and who stays silent is looked for.

A clock that runs out stops by itself, so what is overdue is not the clock but a word. See `unsaid_end_ms`. The moments
are counted from that end, not from a tick: one that is late asks and opens the case in the same round, one that is
doubled finds nothing.
"""

import logging
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import write_letter
from bookings.models import Booking, State, Step
from bookings.services.rounds import Rounds, contained, places
from bookings.signals import booking_touched
from common.clock import database_now_ms
from common.patience import be_impatient
from moderation import services as moderation
from moderation.models import Priority
from safety.errors import NothingAsked
from safety.models import Answer, Outing
from safety.services.moments import ASK_AFTER_MS, LINK_LIFE_MS, RAISE_AFTER_MS, unsaid_end_ms

log = logging.getLogger(__name__)
CASE_KIND = "overdue"
WATCHED = (State.LIVE, State.ENDED, State.NO_SHOW, State.CANCELLED)
SUBJECT = _("Are you all right?")
BODY = _(
    "By our clock your meeting with %(other)s was over a quarter of an hour ago, and you have not said a word since. "
    "If all is well, say so with one tap on its page. If we hear nothing within a quarter of an hour, one of our "
    "people looks into it."
)
# Asked later, it would frighten more than it helps.
GOOD_FOR = timedelta(minutes=30)


def follow(*, booking: Booking, step: Step) -> None:
    """From the moment that two are together, or say that they are, their time is watched."""
    if step.state not in WATCHED:
        return
    end = unsaid_end_ms(booking)
    if end is not None:
        Outing.objects.update_or_create(booking=booking, defaults={"due_ms": end + ASK_AFTER_MS})


def look(*, now_ms: int | None = None) -> int:
    """Asks, or opens a case, where it is time to; returns how many meetings were handled. One that fails is logged and
    does not keep the others waiting. `now_ms` is for tests."""
    now = database_now_ms() if now_ms is None else now_ms
    due = rounds.through(partial(places, Outing.objects.filter(due_ms__lte=now), at="due_ms", row="pk"))
    return sum(_contained(booking_id, now) for _, booking_id in due)


rounds: Rounds[tuple[int, UUID]] = Rounds()


@transaction.atomic
def all_is_well(*, booking: Booking, by: User, now_ms: int | None = None) -> Answer:
    """One of the two says so. Twice is once. Raises NothingAsked. `now_ms` is for tests."""
    now = database_now_ms() if now_ms is None else now_ms
    if not _is_time_to_ask(booking, now):
        raise NothingAsked
    Outing.objects.get_or_create(booking=booking)
    # The tick that would look for him waits, or has been here.
    outing = Outing.objects.select_for_update().get(booking=booking)
    answer, _created = Answer.objects.get_or_create(booking=booking, user=by, defaults={"at_ms": now})
    if not outing.silent():
        _next_look(outing, None)
    return answer


def is_asked(booking: Booking, user: User, now_ms: int) -> bool:
    """Does his page ask whether all is well? By the clock, whether a tick has come or not."""
    return _is_time_to_ask(booking, now_ms) and user in Outing(booking=booking).silent()


def _is_time_to_ask(booking: Booking, now_ms: int) -> bool:
    end = unsaid_end_ms(booking)
    return end is not None and end + ASK_AFTER_MS <= now_ms < end + LINK_LIFE_MS


def _contained(booking_id: UUID, now_ms: int) -> bool:
    words = "the meeting %s is looked at again in the next round"
    return contained(partial(_handle, booking_id, now_ms), log, words, booking_id)


@transaction.atomic
def _handle(booking_id: UUID, now_ms: int) -> bool:
    be_impatient()
    rows = Outing.objects.select_for_update(skip_locked=True, of=("self",))
    outing = rows.select_related("booking__terms").filter(pk=booking_id, due_ms__lte=now_ms).first()
    if outing is None:
        # Somebody else has the row, or was here first.
        return False
    end = unsaid_end_ms(outing.booking)
    if end is None:
        # Somebody ended it.
        _next_look(outing, None)
    elif now_ms < end + ASK_AFTER_MS:
        # Time was paid on top.
        _next_look(outing, end + ASK_AFTER_MS)
    else:
        _ask_and_look(outing, end, now_ms)
    return True


def _ask_and_look(outing: Outing, end_ms: int, now_ms: int) -> None:
    if outing.asked_ms is None:
        _ask(outing, now_ms)
    if now_ms < end_ms + RAISE_AFTER_MS:
        _next_look(outing, end_ms + RAISE_AFTER_MS)
        return
    silent, outing.due_ms = outing.silent(), None
    if silent:
        outing.raised_ms = max(now_ms, outing.asked_ms or 0)
        moderation.open_case(kind=CASE_KIND, target=outing, by=None, priority=Priority.P0)
    outing.save(update_fields=["due_ms", "raised_ms"])


def _ask(outing: Outing, now_ms: int) -> None:
    outing.asked_ms = now_ms
    outing.save(update_fields=["asked_ms"])
    for person in outing.silent():
        write_letter(
            to=person,
            key=f"safety:overdue:{outing.pk}:{person.pk}",
            subject=SUBJECT,
            body=BODY,
            path=reverse("bookings:detail", args=[outing.pk]),
            good_for=GOOD_FOR,
            other=_name_of_other(outing.booking, person),
        )
    booking_touched.send(Booking, booking=outing.booking)


def _name_of_other(booking: Booking, person: User) -> str:
    return booking.terms.companion_name if person.pk == booking.client_id else booking.client.display_name


def _next_look(outing: Outing, due_ms: int | None) -> None:
    outing.due_ms = due_ms
    outing.save(update_fields=["due_ms"])
