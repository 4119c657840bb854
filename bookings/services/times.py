"""When an order may begin. Kindnesses before payment; what holds are the database's constraints."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from accounts.models import User
from bookings.errors import (
    AlreadyTogether,
    AppointmentThen,
    NoTimeNow,
    Resting,
    TooLongForNow,
    TooManyUnpaid,
    WithSomebody,
)
from bookings.models import RUNNING, Booking, BookingQuerySet, Share, State, payers_of
from common.clock import MS_PER_MINUTE, database_now_ms
from listings import services as listings
from listings.kinds import KINDS
from listings.models import Listing

UNPAID_APPOINTMENTS = 3
# From the order to the clock: paying, three minutes to accept, three for the first words.
MARGIN_MIN = 8
# [start, end) in epoch ms.
Window = tuple[int, int]
SHORTEST_NOW_MIN = min(min(kind.minute_steps) for kind in KINDS.values() if kind.bookable_now)


def is_busy(*, companion_id: int) -> bool:
    """She is in a running order, or about to begin one."""
    return Booking.objects.busy().filter(companion=companion_id).exists()


def lengths_now(listing: Listing, *, now: datetime | None = None) -> list[int]:
    """The lengths, in minutes, that can be ordered for this moment before her next appointment; none while she rests
    after an order. `now` is the database's clock unless given."""
    free = listings.free_for_minutes(listing.companion, now=now)
    return [minutes for minutes in listing.policy.minute_steps if free is None or minutes + MARGIN_MIN <= free]


def rests_until(listing: Listing) -> datetime | None:
    """When the pause she is in is over, and something can be ordered for that moment; None when she is in none, or her
    next appointment leaves no room."""
    until = listings.rests_until(listing.companion)
    return until if until and lengths_now(listing, now=until) else None


def check_now(client: User, listing: Listing, minutes: int) -> None:
    """Both are free from this moment, for so long.

    Raises AlreadyTogether, WithSomebody, Resting, NoTimeNow (not even for the shortest order), TooLongForNow (her
    next appointment comes first), AppointmentThen (his does).
    """
    waiting = Q(state__in=RUNNING) | Q(state__in=[State.REQUESTED, State.ACCEPTED], now=True)
    if Booking.objects.filter(waiting, client=client, online=True).exists():
        raise AlreadyTogether
    if is_busy(companion_id=listing.companion.user_id):
        raise WithSomebody
    lengths = lengths_now(listing)
    if minutes not in lengths:
        raise TooLongForNow if lengths else _no_time(listing)
    check_nothing_else(client, database_now_ms(), minutes)


def _no_time(listing: Listing) -> NoTimeNow:
    until = rests_until(listing)
    return Resting(until) if until else NoTimeNow()


def check_later(client: User, listing: Listing, minutes: int, starts_at: datetime) -> None:
    """She offers that time and it is free; he has nothing else then.

    Raises TooManyUnpaid, AppointmentThen, or what `listings.services.check_free` raises.
    """
    # Unpaid orders keep times from others; that he orders one after the other makes their count true.
    unpaid = Booking.objects.filter(client=client, state=State.AWAITING_PAYMENT, now=False)
    if unpaid.count() >= UNPAID_APPOINTMENTS:
        raise TooManyUnpaid
    listings.check_free(listing, starts_at=starts_at, minutes=minutes)
    check_nothing_else(client, ms_of(starts_at), minutes)


def take(booking: Booking, listing: Listing, starts_at: datetime) -> None:
    """Promises the companion's time to the booking, her pause after it, and where the two meet the way there.

    Raises listings.errors.TimeTaken.
    """
    listings.take_time(
        companion=listing.companion,
        ref=booking.pk,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(milliseconds=booking.granted_ms),
        travel_minutes=listing.policy.travel_minutes,
    )


def pay_by(now_ms: int, starts_at: datetime | None) -> int:
    """Until when an order may be paid: never past its beginning."""
    window = now_ms + settings.PAYMENT_WINDOW_MS
    return window if starts_at is None else min(window, ms_of(starts_at))


def answer_by(booking: Booking, now_ms: int) -> int:
    """Until when a paid request may be accepted: never past its beginning."""
    window = now_ms + booking.terms.accept_window_ms
    return window if booking.starts_ms is None else min(window, booking.starts_ms)


def begin_by(booking: Booking, now_ms: int) -> int:
    """Until when the companion's first words must have come, or the two must have met."""
    return (now_ms if booking.starts_ms is None else booking.starts_ms) + booking.terms.first_message_window_ms


def chat_opens(booking: Booking) -> int | None:
    """When an online appointment's chat opens, epoch ms: a little early. None where it opens with the acceptance."""
    return booking.starts_ms - settings.CHAT_EARLY_MS if booking.starts_ms and booking.online else None


def ms_of(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def is_too_long_by_now(booking: Booking) -> bool:
    """An order for now, accepted at this moment, might still run when her pause or her way before her next promise
    begins; or she rests from the last one."""
    free = listings.free_for_minutes(booking.listing.companion)
    needed_ms = booking.granted_ms + booking.terms.first_message_window_ms
    return free is not None and needed_ms > free * MS_PER_MINUTE


def client_runs_past(booking: Booking) -> bool:
    """What the client is in now lasts, by what is prepaid, into this appointment."""
    return booking.starts_ms is not None and _running(booking.client_id, past_ms=booking.starts_ms).exists()


def client_free_until(booking: Booking) -> datetime | None:
    """When the client's next appointment begins, asked for or accepted; None if he has none."""
    mine = Booking.objects.filter(client=booking.client_id, now=False, state__in=[State.REQUESTED, State.ACCEPTED])
    following = mine.exclude(pk=booking.pk).filter(starts_ms__gt=database_now_ms()).order_by("starts_ms").first()
    return following.starts_at if following else None


def taken_by_client(booking: Booking) -> list[Window]:
    """When the client of this booking has something else: appointments asked for or accepted, his own and those of
    others of which he has paid a part, and what he is in now."""
    asked = _appointments_of({booking.client_id}).exclude(pk=booking.pk)
    times = [(row.starts_ms or 0, (row.starts_ms or 0) + row.granted_ms) for row in asked]
    now = database_now_ms()
    running = _running(booking.client_id, past_ms=now).exclude(pk=booking.pk)
    return times + [(now, row.deadline_ms or now + row.granted_ms - row.closed_ms) for row in running]


def check_nothing_else(client: User, start_ms: int, minutes: int, *, without: Booking | None = None) -> None:
    """He has ordered nothing else for that time, nor paid a part of what somebody else has. Raises AppointmentThen."""
    mine = _between(_appointments_of({client.pk}), start_ms, minutes * MS_PER_MINUTE)
    if without is not None:
        mine = mine.exclude(pk=without.pk)
    if mine.exists() or _running(client.pk, past_ms=start_ms).exists():
        raise AppointmentThen


def taken_meanwhile(booking: Booking) -> bool:
    """While it was not paid, one of those who pay it has come to another appointment at its time.

    The caller holds all of them (`all_at_a_time`).
    """
    others = _appointments_of(payers_of(booking)).exclude(pk=booking.pk)
    return booking.starts_ms is not None and _between(others, booking.starts_ms, booking.granted_ms).exists()


def _appointments_of(users: Collection[int]) -> BookingQuerySet:
    """What they have ordered, or paid a part of; asked for or accepted."""
    shared = Share.objects.filter(payer__in=users, state=Share.State.PAID)
    theirs = Q(client__in=users) | Q(pk__in=shared.values("booking"))
    return Booking.objects.filter(theirs, now=False, state__in=[State.REQUESTED, State.ACCEPTED])


def _between(rows: BookingQuerySet, start_ms: int, length_ms: int) -> BookingQuerySet:
    return rows.filter(starts_ms__lt=start_ms + length_ms, starts_ms__gt=start_ms - F("granted_ms"))


def _running(client_id: int, *, past_ms: int) -> BookingQuerySet:
    """What the client is in now, if its prepaid time reaches past that moment even without another pause."""
    ends_ms = Coalesce("deadline_ms", database_now_ms() + F("granted_ms") - F("closed_ms"))
    return Booking.objects.busy().filter(client=client_id).alias(ends_ms=ends_ms).filter(ends_ms__gt=past_ms)
