"""One booking told in words, line by line, for support staff; all moments in the site's time zone."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import zip_longest

from django.conf import settings
from django.utils.timezone import localtime

from accounts.models import User
from bookings.models import PARTLY_KEPT, Booking, CodeEntry, Extension, Move, State, Step
from bookings.services.bill import Bill, Stretch, bill_of
from bookings.services.cancelling import Quote, closed_quote
from bookings.services.price import HOUR, posting_lag_ms
from common.clock import MS_PER_MINUTE, database_now_ms, moment
from common.money import format_yuan

# Closed before anybody had accepted: nothing was held, so no percentage of the terms is asked.
NEVER_ACCEPTED = (State.DECLINED, State.EXPIRED)

CODE_SAID = {
    "": "the right one",
    "missed_meanwhile": "the right one, after it was missed",
    "missed_and_wrong": "not the right one, after it was missed",
}

# What takes the place of another is written by the same tap; nobody declines and chooses anew as fast.
AT_ONCE = timedelta(seconds=1)


def story_of(booking: Booking) -> Iterator[str]:
    """Who, what, at what price, time on top, each stretch, and how it ended. Reads the database's clock."""
    yield f"{booking.code} ({booking.pk}) is {booking.state}; all times are {settings.TIME_ZONE}"
    yield f"client {_person(booking.client)}, companion {_person(booking.companion)}"
    yield f"{booking.terms.kind}, {_when(booking)}: {booking.terms.ordered_min} min ordered, {_price(booking)}"
    for share in booking.shares.select_related("payer").order_by("pk"):
        yield f"share {share.payment_seq} of {_person(share.payer)}: {format_yuan(share.amount_fen)}, {share.state}"
    for move in booking.moves.order_by("pk"):
        yield _moved(booking, move)
    extensions = list(booking.extensions.order_by("pk"))
    for extension, after in zip_longest(extensions, extensions[1:]):
        yield f"+{extension.minutes} min for {format_yuan(extension.amount_fen)}: {_became(extension, after)}"
    for entry in booking.code_entries.order_by("pk"):
        yield _came_with_its_age(entry)
    bill = bill_of(booking, now_ms=database_now_ms())
    for stretch in bill.stretches:
        yield _in_words(stretch)
    yield from _counted(booking, bill)
    yield from _why_not(booking)


def closing_quote(booking: Booking) -> Quote | None:
    """What was to come back of a booking that was cancelled or missed, by its terms and the moment of its step."""
    if booking.state not in PARTLY_KEPT or booking.kept_fen is None:
        return None
    return closed_quote(booking, at_ms=_closing(booking).at_ms)


def _closing(booking: Booking) -> Step:
    return booking.steps.filter(state=booking.state).latest("pk")


def _person(user: User) -> str:
    return f"{user.display_name} (user {user.pk})"


def _when(booking: Booking) -> str:
    return "now" if booking.starts_ms is None else f"for {_start(booking.starts_ms)}"


def _start(ms: int) -> str:
    return f"{localtime(moment(ms)):%Y-%m-%d %H:%M}"


def _moved(booking: Booking, move: Move) -> str:
    decided = "" if move.decided_ms is None else f" {_time(move.decided_ms)}"
    counted = move.late_start_ms and f"; cancelling counts from {_start(move.late_start_ms)}"
    by, to = _role(booking, move.proposed_by_id), _start(move.to_ms)
    return f"{by} proposed {to} instead of {_start(move.from_ms)}: {move.state}{decided}{counted or ''}"


def _price(booking: Booking) -> str:
    terms = booking.terms
    if terms.price_unit == HOUR:
        return f"{format_yuan(terms.price_fen)} an hour: {terms.price_fen} fen x minutes / 60, rounded down"
    overtime = format_yuan(terms.overtime_fen)
    return f"{format_yuan(terms.price_fen)} with {terms.included_min} min, then {overtime} for each half hour begun"


def _became(extension: Extension, after: Extension | None) -> str:
    """Only one waits at a time: approving what was asked, or choosing another length, makes a new one in its place."""
    decided = "" if extension.decided_ms is None else f" {_time(extension.decided_ms)}"
    if extension.state != Extension.State.DROPPED:
        return f"{extension.state}{decided}"
    asked = "the companion asked, " if extension.payment_seq is None else ""
    replaced = after is not None and after.created_at - moment(extension.decided_ms or 0) < AT_ONCE
    why = "the next one took its place" if replaced else "declined, or the order ended before it was paid"
    return f"dropped{decided}: {asked}{why}"


def _came_with_its_age(entry: CodeEntry) -> str:
    said = f"typed {_span(entry.age_ms)} earlier by the companion's phone"
    return f"{entry.purpose} code came {_time(entry.came_ms)}, {said}: {CODE_SAID.get(entry.refusal, entry.refusal)}"


def _in_words(stretch: Stretch) -> str:
    counted = "counted" if stretch.billed else "stopped"
    reason = f", {stretch.reason}" if stretch.reason else ""
    return f"{_time(stretch.start_ms)} - {_time(stretch.end_ms)}  {counted} {_span(stretch.length_ms)}{reason}"


def _counted(booking: Booking, bill: Bill) -> Iterator[str]:
    yield f"live for {_span(bill.served_ms)} in all: {bill.minutes} min count, {format_yuan(bill.cost)}"
    if booking.terms.price_unit == HOUR and bill.minutes > booking.billed_min:
        lag_s = posting_lag_ms(booking.terms, online=booking.online) // 1000
        yield f"charged so far are {booking.billed_min} of them: the meter charges {lag_s} s later, the rest at the end"


def _why_not(booking: Booking) -> Iterator[str]:
    """How it ended that did not come about: when, by whom, and the rule for the money."""
    if booking.state in NEVER_ACCEPTED:
        yield f"{booking.state} {_time(_closing(booking).at_ms)}: nobody had accepted, 100% of what was paid comes back"
    elif booking.state == State.CANCELLED:
        by = _role(booking, booking.cancelled_by_id)
        yield f"cancelled {_time(_closing(booking).at_ms)} by {by}"
    elif booking.state == State.NO_SHOW:
        yield f"no_show {_time(_closing(booking).at_ms)}, missed by {_role(booking, booking.missed_by_id)}"
        yield f"the companion came: {_came(booking.came_ms)}; the client came: {_came(booking.client_came_ms)}"
    if found := closing_quote(booking):
        yield _rule(booking, found)


def _role(booking: Booking, user_id: int | None) -> str:
    if user_id is None:
        return "nobody (both came, neither, or she could not)"
    return "the client" if user_id == booking.client_id else "the companion"


def _came(ms: int | None) -> str:
    return "not said" if ms is None else _time(ms)


def _rule(booking: Booking, found: Quote) -> str:
    if booking.hold_account_id is None:
        return f"rule {found.rule}: nobody had accepted, 100% of what was paid comes back"
    back, kept = format_yuan(found.refund_fen), format_yuan(found.kept_fen)
    return f"rule {found.rule}: {found.percent}% comes back, {back}; {kept} is kept for the companion"


def _time(ms: int) -> str:
    return f"{localtime(moment(ms)):%Y-%m-%d %H:%M:%S}.{ms % 1000:03d}"


def _span(ms: int) -> str:
    return f"{ms // MS_PER_MINUTE}:{ms % MS_PER_MINUTE / 1000:06.3f}"
