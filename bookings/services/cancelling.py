"""What leaving before the clock has started costs: pure functions of the booking, its terms and a moment."""

from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.db.models import Q

from accounts.models import User
from bookings.errors import NotPossibleNow
from bookings.models import RUNNING, Booking, Segment, State, Terms, paid_fen
from bookings.services.price import cost_of
from common.clock import MS_PER_MINUTE

CANCELLABLE = (State.AWAITING_PAYMENT, State.REQUESTED, State.ACCEPTED)
WHOLE = 100
DAY_MS = 24 * 60 * MS_PER_MINUTE


class Rule(StrEnum):
    """Why so much comes back. Most are keys of Terms.refund_policy; the others always give everything back."""

    UNPAID = "unpaid"
    DISPUTED = "disputed"
    NOBODY_MISSED = "nobody_missed"
    BEFORE_ACCEPTANCE = "before_acceptance"
    BEFORE_LIVE = "before_live"
    EARLY_CANCEL = "scheduled_early_cancel"
    LATE_CANCEL = "scheduled_late_cancel"
    COMPANION_CANCEL = "companion_cancel"
    CLIENT_NO_SHOW = "client_no_show"
    COMPANION_NO_SHOW = "companion_no_show"


@dataclass(frozen=True, slots=True)
class Quote:
    """Fen: `refund_fen` goes back to the client, `kept_fen` is the companion's, less the platform's share."""

    refund_fen: int
    kept_fen: int
    percent: int
    rule: Rule


def quote(booking: Booking, *, by: User, now_ms: int) -> Quote:
    """What would come back if `by` cancelled at `now_ms`. Raises NotPossibleNow once the clock has started.

    Of an appointment that was missed by then it is what its timer gives: cancelling does not come before that.
    """
    if booking.state not in CANCELLABLE:
        raise NotPossibleNow
    if booking.state == State.AWAITING_PAYMENT:
        paid = paid_fen(booking)
        return Quote(paid, 0, WHOLE, Rule.BEFORE_ACCEPTANCE if paid else Rule.UNPAID)
    if is_missed(booking, now_ms):
        return _divided(booking, _rule_of_no_show(booking, missed_by(booking)))
    return _divided(booking, _rule_of_cancelling(booking, by.pk, now_ms))


def missed_quote(booking: Booking, *, by: User) -> Quote:
    """What comes back of an accepted booking if `by` is held not to have come: by its limit the other one has said that
    he is there, and `by` has not."""
    return _divided(booking, _rule_of_no_show(booking, by.pk))


def closed_quote(booking: Booking, *, at_ms: int) -> Quote:
    """The same of a booking that was cancelled at `at_ms`, or that somebody did not come to."""
    if booking.state == State.NO_SHOW:
        return _divided(booking, _rule_of_no_show(booking, booking.missed_by_id))
    return _divided(booking, _rule_of_cancelling(booking, booking.cancelled_by_id, at_ms))


def left_ms(booking: Booking) -> int:
    """When it was cancelled or missed, epoch ms: its step's moment, which the books hold the sum against for ever."""
    return booking.steps.filter(state=booking.state).values_list("at_ms", flat=True).get()


def is_missed(booking: Booking, now_ms: int) -> bool:
    """It is accepted, and the time in which its clock could start is over."""
    return booking.state == State.ACCEPTED and missed_ms(booking) <= now_ms


def missed_ms(booking: Booking) -> int:
    """When an accepted booking is missed, epoch ms. A chat that was opened late gives her the time its timer says."""
    due_ms = booking.due_ms or 0
    if booking.starts_ms is None:
        return due_ms
    limit = booking.starts_ms + booking.terms.first_message_window_ms
    return max(limit, due_ms) if booking.chat_is_open else limit


def missed_by(booking: Booking) -> int | None:
    """Whose fault it is that an accepted booking was missed, by user id; nobody's if the chat was not opened in time.

    Who came is in came_ms and client_came_ms. Where two meet in person each says so; when both or neither did, the
    two are not told apart. She is not to blame either whom another client's order kept to the end: his pauses made it
    reach into this one, and only its client or she, at his cost, could have ended it.
    """
    if not booking.chat_is_open or kept_elsewhere(booking):
        return None
    if not booking.online and bool(booking.came_ms) == bool(booking.client_came_ms):
        return None
    return booking.client_id if booking.came_ms else booking.companion_id


def kept_elsewhere(booking: Booking) -> bool:
    """Her other order left her no time for first words in a booking that is missed, though its chat was open."""
    if booking.now or booking.came_ms or not booking.chat_is_open:
        return False
    limit = missed_ms(booking)
    others = Booking.objects.filter(companion=booking.companion_id).exclude(pk=booking.pk)
    until_the_end = Q(end_ms__gt=limit - settings.FIRST_MESSAGE_WINDOW_MS, start_ms__lt=limit)
    return (
        others.filter(state__in=RUNNING).exists() or Segment.objects.filter(until_the_end, booking__in=others).exists()
    )


def late_cancel_ms(terms: Terms) -> int:
    """How long before an appointment its client cancels late; a day in terms that do not say."""
    return terms.refund_policy.get("late_cancel_ms", DAY_MS)


def percent_back(terms: Terms, rule: Rule) -> int:
    """Older terms have one number for all that happens before the clock starts and is not named."""
    if rule in (Rule.UNPAID, Rule.DISPUTED, Rule.NOBODY_MISSED):
        return WHOLE
    return terms.refund_policy.get(rule, terms.refund_policy.get(Rule.BEFORE_LIVE, WHOLE))


def _rule_of_cancelling(booking: Booking, by_id: int | None, at_ms: int) -> Rule:
    if booking.disputed:
        return Rule.DISPUTED
    if by_id == booking.companion_id:
        return Rule.COMPANION_CANCEL
    if booking.hold_account_id is None:
        return Rule.BEFORE_ACCEPTANCE
    if booking.starts_ms is None or booking.counted_start_ms is None:
        return Rule.BEFORE_LIVE
    if at_ms >= booking.starts_ms and booking.came_ms and not booking.client_came_ms:
        # She is there and waits: he would not get more by cancelling a moment before he is missed.
        return Rule.CLIENT_NO_SHOW
    is_early = at_ms <= booking.counted_start_ms - late_cancel_ms(booking.terms)
    return Rule.EARLY_CANCEL if is_early else Rule.LATE_CANCEL


def _rule_of_no_show(booking: Booking, who: int | None) -> Rule:
    if who is None:
        return Rule.NOBODY_MISSED
    return Rule.CLIENT_NO_SHOW if who == booking.client_id else Rule.COMPANION_NO_SHOW


def _divided(booking: Booking, rule: Rule) -> Quote:
    """Rounded in the client's favour. What nobody has accepted is not hers, whatever the percentage."""
    terms = booking.terms
    prepaid = cost_of(terms, booking.granted_ms // MS_PER_MINUTE)
    percent = percent_back(terms, rule) if booking.hold_account_id else WHOLE
    kept = prepaid * (WHOLE - percent) // WHOLE
    return Quote(prepaid - kept, kept, percent, rule)
