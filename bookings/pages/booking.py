"""What the pages of a booking show, as plain values for the templates."""

from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.models import (
    EXTENDED,
    EXTENSION_ASKED,
    FINISHED,
    MOVE_ASKED,
    MOVE_DROPPED,
    MOVE_LAPSED,
    MOVED,
    NOT_EXTENDED,
    NOT_FOR_ALL,
    NOT_MOVED,
    OPEN,
    Booking,
    Move,
    PauseReason,
    State,
    Step,
    StopReason,
    paid_fen,
)
from bookings.pages.leaving import kept_in_short, leaving_part, what_was_kept, who_missed
from bookings.pages.meeting import in_short, meeting_part
from bookings.pages.moving import in_short as move_in_short
from bookings.pages.moving import moving_part
from bookings.pages.prices import price_lines
from bookings.services import bill_of
from bookings.services.bill import Bill, to_the_second
from bookings.services.lifecycle import may_cancel
from bookings.services.price import HOUR
from common.clock import MS_PER_MINUTE, database_now_ms, moment
from payments import services as payments
from payments.models import Refund, TransferKind

REFUND_OPEN = (Refund.Status.REQUESTED, Refund.Status.PENDING)


def booking_page(booking: Booking, user: User) -> dict[str, Any]:
    """The booking as `user` sees it: state, countdown, what he may do, the bill so far, the timeline."""
    now = database_now_ms()
    terms = booking.terms
    page, chat_open, meeting = _for_both(booking, user, now), booking.chat_is_open, meeting_part(booking, user, now)
    moving = moving_part(booking, user, now)
    leaving, steps = leaving_part(booking, user, now), _timeline(booking, booking.client_id == user.pk, page["bill"])
    moved = f"{page['version']} {len(steps)} {chat_open}"
    shown = f"{moved} {in_short(meeting)} {move_in_short(moving)} {leaving['leaving'] and leaving['leaving'].rule}"
    return {
        **page,
        **moving,
        **leaving,
        "version": shown,
        "poll_s": poll_s(booking) if page["moving"] and (meeting or not chat_open) else 0,
        "meeting": meeting,
        "steps": steps,
        "kept": _kept(booking, page),
        "not_all_paid": terms.is_shared and paid_fen(booking) != terms.prepaid_fen,
        "never_asked": booking.state == State.EXPIRED and not booking.steps.filter(state=State.REQUESTED).exists(),
        "may_cancel": may_cancel(booking, user),
        "may_answer": booking.state == State.REQUESTED and booking.companion_id == user.pk,
        "chat_open": chat_open,
        "late_min": booking.terms.first_message_window_ms // MS_PER_MINUTE,
        "over": booking.state in FINISHED,
        "left_ms": max(0, (booking.due_ms or now) - now),
        "time_left_ms": _time_left_ms(booking, now),
        "pause_left_min": _pause_left_ms(booking, now) // MS_PER_MINUTE,
    }


def receipt_page(booking: Booking, user: User) -> dict[str, Any]:
    """The bill with its stretches, what went back and where."""
    page = _for_both(booking, user, database_now_ms())
    lines = [
        {"stretch": stretch, "at": moment(stretch.start_ms), "why": _why(stretch.reason, booking, page["is_client"])}
        for stretch in to_the_second(page["bill"].stretches)
    ]
    settled = booking.state == State.SETTLED
    told = {"settled": settled, "earned": _earned(booking) if settled else None}
    return {**page, "lines": lines, **told}


def _for_both(booking: Booking, user: User, now_ms: int) -> dict[str, Any]:
    money, bill = payments.money_of(ref=booking.pk), bill_of(booking, now_ms=now_ms)
    is_client = booking.client_id == user.pk
    money = money.by(user.pk) if is_client else money
    still_back = _still_back(booking, money, bill)
    if is_client and booking.terms.is_shared:
        still_back = payments.back_to(ref=booking.pk, payer_id=user.pk, unused=still_back)
    companion = booking.listing.companion
    return {
        "booking": booking,
        "terms": booking.terms,
        "companion": companion,
        "is_client": is_client,
        "name": companion.display_name if is_client else booking.client.display_name,
        "granted_min": booking.granted_ms // MS_PER_MINUTE,
        "bill": bill,
        "prepaid_lines": price_lines(booking.terms, booking.granted_ms // MS_PER_MINUTE),
        "used_lines": price_lines(booking.terms, bill.minutes),
        "money": money,
        "still_back": still_back,
        "ways_back": _ways_back(booking, user, still_back),
        "paid": [one for one in payments.used_payments(ref=booking.pk) if one in money.payments],
        "away_min": booking.terms.client_grace_ms // MS_PER_MINUTE,
        "payment": money.first,
        "server_now_ms": now_ms,
        "began": moment(bill.stretches[0].start_ms) if bill.stretches else None,
        "ended": moment(booking.ended_ms) if booking.ended_ms else None,
        **_progress(booking, money, bill),
    }


def _kept(booking: Booking, page: dict[str, Any]) -> dict[str, Any] | None:
    """As `what_was_kept`; of a price that several pay what was the reader's of it."""
    kept = what_was_kept(booking, page["bill"])
    if kept is None or not booking.terms.is_shared or not page["is_client"]:
        return kept
    back = payments.back_to(ref=booking.pk, payer_id=booking.client_id, unused=page["bill"].unused)
    return {**kept, "back": back, "fen": sum(one.amount for one in page["paid"]) - back}


def _ways_back(booking: Booking, user: User, fen: int) -> list[payments.Part]:
    """To which of the reader's payments that goes, once the time together is over."""
    if booking.ended_ms is None:
        return []
    return payments.planned_refunds(ref=booking.pk, payer_id=user.pk, amount=fen)


def _still_back(booking: Booking, money: payments.Money, bill: Bill) -> int:
    """Fen that are unused and in no refund yet. What goes back while it runs was paid for time that was not granted."""
    return bill.unused if booking.state in OPEN or not money.refunds else 0


def _progress(booking: Booking, money: payments.Money, bill: Bill) -> dict[str, Any]:
    """`moving`: something will still happen by itself. `version`: changes when the page has something new to show."""
    payment, refunds = money.first, [refund.status for refund in money.refunds]
    # A minute changes nothing of what a visit costs, and a part that is replaced shuts what was folded out in it.
    charged = bill.minutes if booking.terms.price_unit == HOUR else bill.cost
    seen = [booking.state, booking.pause_reason or "", str(charged), payment.status, payment.last_decline, *refunds]
    seen.append("unsure" if payment.unsure_since else "")
    return {
        "moving": booking.state in OPEN or any(status in REFUND_OPEN for status in refunds),
        "version": " ".join(seen),
    }


def poll_s(booking: Booking) -> int:
    """How often the page asks for itself, in seconds, in case the socket is silent. An appointment may be days away."""
    return 30 if booking.state in (State.ACCEPTED, State.LIVE) and not booking.now else 4


def _time_left_ms(booking: Booking, now_ms: int) -> int:
    """What is left of the prepaid time; it runs only while the booking is live."""
    if booking.deadline_ms is not None:
        return max(0, booking.deadline_ms - now_ms)
    return booking.granted_ms - booking.closed_ms


def _pause_left_ms(booking: Booking, now_ms: int) -> int:
    """What is left of the client's own pauses, together 30 minutes; while he pauses it runs."""
    if booking.pause_reason == PauseReason.CLIENT:
        return max(0, (booking.due_ms or now_ms) - now_ms)
    return max(0, booking.terms.client_pause_limit_ms - booking.client_paused_ms)


def _earned(booking: Booking) -> int:
    """Fen of this booking that became the companion's."""
    shares = payments.order_book(ref=booking.pk)
    return sum(transfer.amount for transfer in shares if transfer.kind == TransferKind.SETTLE_COMPANION)


def _timeline(booking: Booking, is_client: bool, bill: Bill) -> list[dict[str, Any]]:
    steps = list(booking.steps.select_related("move").order_by("id"))
    last = len(steps) - 1
    return [
        {
            "label": _step_words(step, booking, is_client),
            "state": "now" if number == last and booking.due_ms else "" if step.state == State.PAUSED else "done",
            "at": moment(step.at_ms),
            "note": kept_in_short(booking, bill, is_client) if number == last else "",
        }
        for number, step in enumerate(steps)
    ]


def _step_words(step: Step, booking: Booking, is_client: bool) -> str:
    if step.state == EXTENDED:
        return _("%(minutes)s min more, paid") % {"minutes": step.minutes}
    if step.state == EXTENSION_ASKED:
        return _("%(minutes)s min more asked for") % {"minutes": step.minutes}
    if step.state == NOT_EXTENDED:
        return _("%(minutes)s min more declined") % {"minutes": step.minutes}
    if step.move:
        return _move_words(step, step.move, booking, is_client)
    if step.state == State.PAUSED and step.pause_reason:
        return _why(step.pause_reason, booking, is_client)
    return {
        State.AWAITING_PAYMENT: _("Ordered, payment open"),
        State.REQUESTED: _("Paid, waiting for the companion to accept"),
        State.ACCEPTED: _("Accepted"),
        State.LIVE: _("The clock runs"),
        State.ENDED: _("Ended"),
        State.EXHAUSTED: _("The prepaid time is used up"),
        State.SETTLED: _("Settled"),
        State.DECLINED: _("Declined by the companion") if is_client else _("You declined"),
        State.EXPIRED: _("Expired"),
        State.CANCELLED: _("Cancelled"),
        State.NO_SHOW: who_missed(booking, is_client),
    }[State(step.state)]


def _move_words(step: Step, move: Move, booking: Booking, is_client: bool) -> str:
    """What became of another start, to the one who reads."""
    mine = is_client == (move.proposed_by_id == booking.client_id)
    when = {"when": in_words(move.to_ms)}
    return {
        MOVE_ASKED: (_("You proposed %(when)s") if mine else _("Asked to move it to %(when)s")) % when,
        MOVED: _("Moved to %(when)s") % when,
        NOT_MOVED: (_("Not moved to %(when)s: declined") if mine else _("You kept the time: not %(when)s")) % when,
        NOT_FOR_ALL: _("Not moved to %(when)s: not all can make it") % when,
        MOVE_DROPPED: _("Not moved to %(when)s: taken back") % when,
        MOVE_LAPSED: _("Not moved to %(when)s") % when,
    }[step.state]


def in_words(ms: int) -> str:
    """A start in Shanghai: "December 3 14:00"."""
    here = localtime(moment(ms))
    return f"{date_format(here, 'MONTH_DAY_FORMAT')} {here:%H:%M}"


def _why(reason: str, booking: Booking, is_client: bool) -> str:
    """Why the clock stopped, to the one who reads."""
    promise_s = (booking.terms.promise_ms or 0) // 1000
    away = {"minutes": booking.terms.client_grace_ms // MS_PER_MINUTE}
    return {
        "": _("The clock runs"),
        PauseReason.CLIENT: _("You paused") if is_client else _("The client paused"),
        PauseReason.REPLY_OVERDUE: _("No reply for %(seconds)s s") % {"seconds": promise_s},
        PauseReason.COMPANION_AWAY: _("The companion was away") if is_client else _("You were away"),
        PauseReason.CLIENT_AWAY: (
            _("You had been away for %(minutes)s min, which are charged; after them nothing is") % away
            if is_client
            else _("The client had been away for %(minutes)s min, which are charged; after them nothing is") % away
        ),
        StopReason.ENDED_BY_CLIENT: _ended_by_client(booking, is_client),
        StopReason.ENDED_BY_COMPANION: _("The companion ended it") if is_client else _("You ended it"),
        StopReason.DEADLINE: _("The prepaid time was used up"),
    }[reason]


def _ended_by_client(booking: Booking, is_client: bool) -> str:
    if booking.disputed:
        return _("Ended by us: the payment was stopped")
    return _("You ended it") if is_client else _("The client ended it")
