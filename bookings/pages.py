"""What the pages of a booking show, as plain values for the templates."""

from typing import Any

from django.db.models import F, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.models import RUNNING, Booking, PauseReason, State, StopReason
from bookings.services import bill_of
from bookings.services.lifecycle import may_cancel
from common.clock import MS_PER_MINUTE, database_now_ms, moment
from listings.models import Companion
from payments import services as payments
from payments.models import Payment

TOGETHER = (State.ACCEPTED, *RUNNING)
OVER = (State.ENDED, State.EXHAUSTED, State.SETTLED)
RECENT = 10


def booking_page(booking: Booking, user: User) -> dict[str, Any]:
    """The booking as `user` sees it: state, countdown, what he may do, the bill so far, the timeline."""
    now = database_now_ms()
    return {
        **_for_both(booking, user, now),
        "payment": _payment(booking),
        "steps": _timeline(booking),
        "may_cancel": may_cancel(booking, user),
        "may_answer": booking.state == State.REQUESTED and booking.companion_id == user.pk,
        "together": booking.state in TOGETHER,
        "over": booking.state in OVER,
        "left_ms": max(0, (booking.due_ms or now) - now),
    }


def receipt_page(booking: Booking, user: User) -> dict[str, Any]:
    """The bill with its stretches, what went back and where."""
    page = _for_both(booking, user, database_now_ms())
    lines = [
        {"stretch": stretch, "at": moment(stretch.start_ms), "why": _why(stretch.reason, page["is_client"])}
        for stretch in page["bill"].stretches
    ]
    return {**page, "payment": _payment(booking), "lines": lines, "settled": booking.state == State.SETTLED}


def workbench_page(companion: Companion) -> dict[str, Any]:
    """What waits for her, what runs, what she has done."""
    mine = Booking.objects.of_companion(companion.user).select_related("terms", "client", "listing__companion")
    now = database_now_ms()
    return {
        "companion": companion,
        "server_now_ms": now,
        "requests": list(mine.filter(state=State.REQUESTED).order_by("due_ms")),
        "running": mine.filter(state__in=TOGETHER).first(),
        "recent": list(mine.filter(state__in=OVER).order_by(F("ended_ms").desc())[:RECENT]),
        "income": payments.income_of(user=companion.user),
        "minutes": mine.filter(state__in=OVER).aggregate(total=Sum("billed_min"))["total"] or 0,
    }


def _for_both(booking: Booking, user: User, now_ms: int) -> dict[str, Any]:
    return {
        "booking": booking,
        "terms": booking.terms,
        "companion": booking.listing.companion,
        "is_client": booking.client_id == user.pk,
        "granted_min": booking.granted_ms // MS_PER_MINUTE,
        "bill": bill_of(booking, now_ms=now_ms),
        "money": payments.money_of(ref=booking.pk),
        "server_now_ms": now_ms,
        "began": moment(booking.segments.order_by("start_ms").values_list("start_ms", flat=True).first() or now_ms),
        "ended": moment(booking.ended_ms) if booking.ended_ms else None,
    }


def _payment(booking: Booking) -> Payment | None:
    return payments.money_of(ref=booking.pk).payments[0]


def _timeline(booking: Booking) -> list[dict[str, Any]]:
    steps = list(booking.steps.order_by("id"))
    last = len(steps) - 1
    return [
        {
            "label": _step_words(step.state, step.pause_reason),
            "state": "now" if number == last and booking.due_ms else "done",
            "at": moment(step.at_ms),
            "note": "",
        }
        for number, step in enumerate(steps)
    ]


def _step_words(state: str, pause_reason: str | None) -> str:
    if state == State.PAUSED and pause_reason:
        return _why(pause_reason, True)
    return {
        State.AWAITING_PAYMENT: _("Ordered, payment open"),
        State.REQUESTED: _("Paid, waiting for the companion to accept"),
        State.ACCEPTED: _("Accepted"),
        State.LIVE: _("The clock runs"),
        State.ENDED: _("Ended"),
        State.EXHAUSTED: _("The prepaid time is used up"),
        State.SETTLED: _("Settled"),
        State.DECLINED: _("Declined by the companion"),
        State.EXPIRED: _("Expired"),
        State.CANCELLED: _("Cancelled"),
        State.NO_SHOW: _("The companion did not come"),
    }[State(state)]


def _why(reason: str, is_client: bool) -> str:
    """Why the clock stopped, to the one who reads."""
    return {
        "": _("The clock runs"),
        PauseReason.CLIENT: _("You paused") if is_client else _("The client paused"),
        PauseReason.REPLY_OVERDUE: _("The reply took longer than promised"),
        PauseReason.COMPANION_AWAY: _("The companion was away") if is_client else _("You were away"),
        PauseReason.CLIENT_AWAY: _("You were away") if is_client else _("The client was away"),
        StopReason.ENDED_BY_CLIENT: _("You ended it") if is_client else _("The client ended it"),
        StopReason.ENDED_BY_COMPANION: _("The companion ended it") if is_client else _("You ended it"),
        StopReason.DEADLINE: _("The prepaid time was used up"),
    }[reason]
