"""From the form to a paid request. Minutes are bounded and the sum is computed here; the form is never believed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.services import one_at_a_time
from bookings.errors import AppointmentThen, MinutesOutOfRange, NotIdentified, NotMet, PriceChanged, TooManyPayers
from bookings.models import FIRST, OPEN, Booking, State, Terms, paid_fen
from bookings.services import sharing, times
from bookings.services.lifecycle import cancel, close, expire_if_late
from bookings.services.locking import lock_pair, locked, locked_for_money
from bookings.services.metering import announce
from bookings.services.sharing import open_first
from bookings.services.terms import agree
from common.clock import MS_PER_MINUTE, database_now_ms
from common.database import broken_constraint
from common.errors import UserError
from listings import services as listings
from listings.errors import ListingNotFound
from listings.models import Companion, Listing
from payments import services as payments
from payments.models import Payment
from vetting.services import is_identified


def order(
    *,
    by: User,
    listing: Listing,
    minutes: int,
    request_key: UUID,
    starts_at: datetime | None = None,
    seen_fen: int | None = None,
    place: str = "",
    shared_by: int = 1,
) -> Booking:
    """A booking that waits for its payment: for now, or an appointment at `starts_at` (aware).

    `place` is where the two meet, if not where the listing says. `shared_by` is how many pay the price, each a part of
    it; the others through `take_share`. `seen_fen` is the price that was shown: when the listing has another by now,
    nothing is ordered (PriceChanged).

    The same form again (request_key) is the same booking while it is open. A form that the browser kept may be sent
    again with another choice, or after its booking is over: a new booking. With another place or number of payers alone
    the new one takes the place of the first until that is paid; afterwards the first stands in its way
    (AppointmentThen).
    Raises NotIdentified (he would meet her in person), NotMet (she would not meet him), MinutesOutOfRange,
    TooManyPayers (orders of its kind are not shared by so many), what `bookable_now` or `bookable_later` of listings
    raise, what `check_now` or `check_later` of `bookings.services.times` raise, and TimeTaken when somebody else was a
    moment faster.
    """
    wish = Wish(by, listing, minutes, starts_at, seen_fen, place, shared_by)
    again, before = 0, None
    while True:
        key = uuid5(request_key, f"{listing.pk}:{minutes}:{starts_at and times.ms_of(starts_at)}:{again}")
        known = _known(by, key) or _order_once(wish, key, before)
        if known.state in OPEN and wish.is_met_by(known.terms):
            return known
        before = known
        again += 1


@transaction.atomic
def check_order(*, by: User, listing: Listing, minutes: int, starts_at: datetime | None) -> None:
    """Whether it could be ordered at this moment, for who has something to fill in first; nothing is kept for him.

    Raises what `order` does.
    """
    _offered(Wish(by, listing, minutes, starts_at))


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody orders; see `order`."""

    by: User
    listing: Listing
    minutes: int
    starts_at: datetime | None
    seen_fen: int | None = None
    place: str = ""
    shared_by: int = 1

    def is_met_by(self, terms: Terms) -> bool:
        """He means that place, or whichever the listing says, and as many to pay it."""
        return self.place in ("", terms.place) and self.shared_by == terms.shared_by


def _known(by: User, key: UUID) -> Booking | None:
    return Booking.objects.select_related("terms").filter(client=by, request_key=key).first()


def _order_once(wish: Wish, key: UUID, before: Booking | None) -> Booking:
    """Raises what `order` does, unless what stands in the way is what another click on the same form has made: that,
    wherever it is."""
    try:
        return _order(wish, key, before)
    except (UserError, IntegrityError) as error:
        known = _known(wish.by, key)
        if known is not None:
            return known
        if isinstance(error, IntegrityError) and broken_constraint(error) == "booking_between_unblocked":
            raise ListingNotFound from error
        if isinstance(error, IntegrityError) and broken_constraint(error) == "booking_meets_client":
            # She has changed it while he ordered.
            raise NotMet(Companion.objects.get(pk=wish.listing.companion_id), wish.by) from error
        raise


@transaction.atomic
def _order(wish: Wish, request_key: UUID, before: Booking | None) -> Booking:
    # Before the pair and any row, as whoever takes a seat does: he has two tabs.
    one_at_a_time(wish.by)
    if before is not None:
        _give_way(before)
    listing, starts_at = _offered(wish), wish.starts_at
    if wish.seen_fen is not None and wish.seen_fen != listing.price_fen:
        raise PriceChanged(listing)
    now_ms = database_now_ms()
    booking = Booking.objects.create(
        client=wish.by,
        companion_id=listing.companion.user_id,
        listing=listing,
        request_key=request_key,
        online=listing.policy.online,
        now=starts_at is None,
        starts_ms=times.ms_of(starts_at) if starts_at else None,
        granted_ms=wish.minutes * MS_PER_MINUTE,
        due_ms=times.pay_by(now_ms, starts_at),
    )
    if starts_at:
        times.take(booking, listing, starts_at)
    agree(booking, listing, place=wish.place, shared_by=wish.shared_by)
    open_first(booking)
    announce(only=booking.pk)
    return booking


def _give_way(before: Booking) -> None:
    """The order of the same form with other terms frees its time. Raises AppointmentThen when any of that is paid."""
    # The new order is written under the pair's lock (bookings/migrations/sql/blocks.sql), and what is closed here moves
    # money before it.
    lock_pair(before.client_id, before.companion_id)
    booking = locked(before)
    if booking.state == State.AWAITING_PAYMENT and not paid_fen(booking):
        cancel(booking=before, by=before.client)
    elif booking.state in OPEN:
        raise AppointmentThen


def _offered(wish: Wish) -> Listing:
    """The listing as it is offered to him for that long at that time."""
    bookable = listings.bookable_later if wish.starts_at else listings.bookable_now
    listing = bookable(wish.listing.pk, wish.by)
    if not listing.policy.online and not is_identified(wish.by):
        raise NotIdentified
    if not listing.policy.online and not listing.companion.would_meet(wish.by):
        raise NotMet(listing.companion, wish.by)
    if wish.minutes not in listing.lengths:
        raise MinutesOutOfRange
    if wish.shared_by > listing.policy.most_clients:
        raise TooManyPayers
    if wish.starts_at:
        times.check_later(wish.by, listing, wish.minutes, wish.starts_at)
    else:
        times.check_now(wish.by, listing, wish.minutes)
    return listing


def payment_of(booking: Booking) -> Payment:
    """The booking's first payment."""
    return Payment.objects.select_related("payer").get(ref=booking.pk, seq=1)


@transaction.atomic
def paid(*, ref: UUID, seq: int = FIRST) -> None:
    """A payment for the order `ref` is in: once all is, the companion is asked. If it is over already, it goes back;
    and all of it does when one of those who pay has something else then by now.

    The caller holds all of them (`hold_payers`).
    """
    booking = Booking.objects.filter(pk=ref).first()
    if booking is None:
        return
    booking = locked_for_money(booking)
    if expire_if_late(booking):
        return
    is_complete = booking.state in OPEN and sharing.count_in(booking, seq)
    if booking.state == State.AWAITING_PAYMENT and is_complete:
        _ask(booking)
    elif booking.state not in OPEN:
        payments.refund_unused(ref=booking.pk)


def _ask(booking: Booking) -> None:
    """The companion, unless it is paid too late for one of those who pay: by now he has something else then."""
    if times.taken_meanwhile(booking):
        close(booking, State.EXPIRED)
        return
    booking.state = State.REQUESTED
    booking.due_ms = times.answer_by(booking, database_now_ms())
    booking.save(update_fields=["state", "due_ms"])
    announce(only=booking.pk)
