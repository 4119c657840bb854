"""What the page of a meeting in person shows of safety to one of its two."""

from typing import Any

from accounts.models import User
from bookings.models import Booking, State
from bookings.pages.moving import others_pay
from bookings.services import may_move, missed_quote
from common.clock import database_now_ms, moment
from common.words import in_short
from safety import services
from safety.models import Alarm, Directions
from safety.services.lateness import late_choices, late_ms, may_be_late, said_late
from safety.services.wayfinding import TO_BE_FOUND

# What is shown changes with these, and `version` with them.
MOVING = (
    *("asks", "late", "late_mine", "may_be_late", "late_choices", "may_move"),
    *("found", "found_mine", "may_write", "may_call", "is_shared"),
)


def meeting_page(booking: Booking, user: User) -> dict[str, Any] | None:
    """None of a chat, before the meeting is agreed, and once its links are dead; of one that was called off before
    anybody was on the way, unless `user` has a link to take back.

    `late` and `found` are what the other side says, `late_mine` and `found_mine` what `user` said: minutes with `at`,
    and words. `may_call`: the emergency button is there; `asks`: the page asks whether all is well.
    """
    if not services.was_agreed(booking):
        return None
    now = database_now_ms()
    is_shared = services.link_of(booking, user) is not None
    if services.is_dead(booking, now) or (services.was_called_off(booking, now) and not is_shared):
        return None
    late = _late(booking, user, now)
    page = {
        "booking": booking,
        "asks": services.is_asked(booking, user, now),
        **late,
        **(_how_late(booking, user, now) if late["may_be_late"] else {}),
        **_found(booking, user),
        "may_write": booking.state in TO_BE_FOUND,
        "may_call": services.is_near(booking, now),
        "is_shared": is_shared,
        **people(booking, user),
    }
    return {**page, "version": in_short(*(page.get(name) for name in MOVING), page["called"])}


def people(booking: Booking, user: User) -> dict[str, Any]:
    """What the other side is called, whom of those he trusts `user` can call on, who is `left_out` because it is the
    other side, and when he `called` for help last."""
    last = Alarm.objects.filter(booking=booking, user=user).order_by("at_ms").last()
    is_client = user.pk == booking.client_id
    contacts, left_out = services.whom_to_call(booking, user)
    return {
        "other": booking.listing.companion.display_name if is_client else booking.client.display_name,
        "contacts": contacts,
        "left_out": left_out,
        "called": moment(last.at_ms) if last else None,
    }


def _late(booking: Booking, user: User, now_ms: int) -> dict[str, Any]:
    """What each said last, while it still means something."""
    said: dict[bool, dict[str, Any]] = {}
    if booking.state == State.ACCEPTED:
        for delay in said_late(booking):
            said[delay.user_id == user.pk] = {"minutes": delay.minutes, "at": moment(delay.at_ms)}
    came_ms = booking.client_came_ms if user.pk == booking.client_id else booking.came_ms
    return {
        "late": said.get(False),
        "late_mine": said.get(True),
        "may_be_late": came_ms is None and may_be_late(booking, now_ms),
    }


def _how_late(booking: Booking, user: User, now_ms: int) -> dict[str, Any]:
    """`late_choices`: `minutes` with when that is; `late_limit`: when it closes without a start; `late_percent`: what
    comes back if `user` has not come by then and the other has; `may_move`: another time can still be agreed on, and
    `others_pay`: by more than the two."""
    choices = [
        {"minutes": minutes, "at": moment(late_ms(booking, minutes))} for minutes in late_choices(booking, now_ms)
    ]
    return {
        "late_choices": choices,
        "late_limit": moment(booking.due_ms or 0),
        "late_percent": missed_quote(booking, by=user).percent,
        "may_move": may_move(booking, now_ms),
        "others_pay": others_pay(booking),
        "is_client": user.pk == booking.client_id,
    }


def _found(booking: Booking, user: User) -> dict[str, str]:
    """What each wrote, as long as the two are to find each other."""
    if booking.state not in TO_BE_FOUND:
        return {"found": "", "found_mine": ""}
    said = {one.user_id == user.pk: one.text for one in Directions.objects.filter(booking=booking)}
    return {"found": said.get(False, ""), "found_mine": said.get(True, "")}
