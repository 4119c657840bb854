"""A start code that came after the no-show: the booking stays closed, and the code is evidence."""

from collections.abc import Collection
from uuid import UUID

from bookings.errors import MissedAndWrong, MissedMeanwhile
from bookings.models import TRIES, Booking, CodeEntry, MeetingCode, State
from bookings.services.cancelling import missed_by, missed_ms
from bookings.services.typed import Typed, fits, remember
from common.errors import UserError
from moderation import services as moderation
from moderation.models import Priority

CASE_KIND = "meeting"


def missed_meanwhile(booking: Booking, typed: Typed) -> UserError:
    """What is said of it. Written down with whether it was right; if it was, and one of the two is held not to have
    come, a person looks at it within the hour. The caller holds the booking's lock."""
    right = _is_right(booking, typed)
    refusal = MissedMeanwhile() if right else MissedAndWrong()
    entry = remember(booking, typed, refusal)
    if entry and right and _speaks_for_one(booking, entry):
        moderation.open_case(kind=CASE_KIND, target=entry, by=booking.companion, priority=Priority.P1)
    return refusal


def under_review(refs: Collection[UUID]) -> set[UUID]:
    """Those of these bookings of which a person looks at a code that came after the no-show. One query."""
    entries = CodeEntry.objects.filter(moderation.under_review(CASE_KIND), booking__in=refs)
    return set(entries.values_list("booking", flat=True))


def _is_right(booking: Booking, typed: Typed) -> bool:
    """No new code is made any more, and wrong tries are counted on: what is guessed in the end is no evidence."""
    code = booking.codes.filter(purpose=MeetingCode.Purpose.START).order_by("-number").first()
    if code is None or code.tries >= TRIES:
        return False
    if not fits(code, typed):
        code.tries += 1
        code.save(update_fields=["tries"])
        return False
    return True


def _speaks_for_one(booking: Booking, entry: CodeEntry) -> bool:
    """By her phone it was typed before it was missed, and the no-show is laid to one of the two, or will be."""
    closed = booking.state == State.NO_SHOW
    whose = booking.missed_by_id if closed else missed_by(booking)
    missed = booking.steps.get(state=State.NO_SHOW).at_ms if closed else missed_ms(booking)
    return whose is not None and entry.came_ms - entry.age_ms < missed
