"""Help that was called for: the page of who asked, and what those he trusts read of it."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from bookings.models import Booking
from common.clock import database_now_ms, moment
from safety import services
from safety.models import Alarm, Link
from safety.pages.meeting import people


def alarm_page(booking: Booking, user: User) -> dict[str, Any]:
    """`calls`: each call for help of `user`, newest first: `at`, whether his position is kept, the letters, when he
    said that he is `well`, and to whom that was written. `unanswered`: the last one, while he can still say so;
    `alarmed`: the names of those who are told then; `had_link`: the other side got his link before, which is dead."""
    mine = Alarm.objects.filter(booking=booking, user=user).select_related("position", "all_clear").order_by("-at_ms")
    alarms = list(mine.prefetch_related("notices__letter", "all_clear__notices__letter"))
    may_answer = bool(alarms) and not is_answered(alarms[0]) and not services.is_dead(booking, database_now_ms())
    return {
        "booking": booking,
        **people(booking, user),
        "calls": [_call(alarm) for alarm in alarms],
        "unanswered": alarms[0] if may_answer else None,
        "had_link": bool(alarms) and _other_had_link(booking, user),
        "alarmed": _(", ").join(one.name for one in services.who_is_alarmed(booking, user)) if may_answer else "",
    }


def help_of(booking: Booking, user: User) -> dict[str, Any] | None:
    """For those he trusts: when `user` called for help, `again` last where he did so several times, and when he said
    that he is `well`. Calls before an all-clear are over once another came. None where he never called."""
    standing: list[Alarm] = []
    for alarm in Alarm.objects.filter(booking=booking, user=user).select_related("all_clear").order_by("at_ms"):
        standing = [alarm] if standing and is_answered(standing[-1]) else [*standing, alarm]
    if not standing:
        return None
    first, last = standing[0], standing[-1]
    return {"at": moment(first.at_ms), "again": moment(last.at_ms) if len(standing) > 1 else None, "well": _well(last)}


def is_answered(alarm: Alarm) -> bool:
    return hasattr(alarm, "all_clear")


def _other_had_link(booking: Booking, user: User) -> bool:
    taken_back = Link.objects.filter(booking=booking, user=user, revoked_at__isnull=False)
    return any(services.has_reached_other(link) for link in taken_back)


def _call(alarm: Alarm) -> dict[str, Any]:
    return {
        "at": moment(alarm.at_ms),
        "has_place": hasattr(alarm, "position"),
        "told": list(alarm.notices.all()),
        "well": _well(alarm),
        "told_well": list(alarm.all_clear.notices.all()) if is_answered(alarm) else [],
    }


def _well(alarm: Alarm) -> datetime | None:
    return moment(alarm.all_clear.at_ms) if is_answered(alarm) else None
