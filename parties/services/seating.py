"""Who comes along with the client of an order."""

from contextlib import suppress
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts.models import Block, User
from accounts.services import one_at_a_time
from bookings import services as bookings
from bookings.errors import NotIdentified, NotMet, NotPossibleNow
from bookings.models import Booking, Share, State, move_waits_for
from bookings.services.locking import lock_pair, locked
from bookings.services.times import check_nothing_else
from bookings.signals import booking_touched
from common.clock import MS_PER_MINUTE, database_now_ms, moment
from common.database import broken_constraint
from parties.errors import MoreHaveJoined, NoSeat, NothingToShare, SeatPaid
from parties.models import MOST_JOINS, SMALLEST, Guest, Invitee, Party
from parties.services.telling import tell_companion
from vetting.services import is_identified

MOST_SHOWN = 20
JOINABLE = (State.AWAITING_PAYMENT, State.REQUESTED, State.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Company:
    """How many clients come, and whether each pays a part of the price; else who orders pays all of it. There is none
    that one alone shares: NothingToShare."""

    size: int = 1
    shares: bool = False

    def __post_init__(self) -> None:
        if self.shares and self.size < SMALLEST:
            raise NothingToShare

    @property
    def shared_by(self) -> int:
        return self.size if self.shares else 1


@transaction.atomic
def gather(*, booking: Booking, size: int) -> None:
    """Writes down how many come along with the client, until that is paid: then the companion has read it.

    The caller has just ordered and holds the booking's lock. Raises MoreHaveJoined when there are more already.
    """
    if booking.state != State.AWAITING_PAYMENT:
        return
    party = Party.objects.filter(booking=booking).first()
    taken = 1 + (party.guests.count() if party else 0)
    if size < taken:
        raise MoreHaveJoined
    if size >= SMALLEST:
        Party.objects.update_or_create(booking=booking, defaults={"size": size})
    elif party:
        party.delete()


def join(*, booking: Booking, by: User) -> Guest:
    """Takes a seat, and where the price is shared and not all paid a part of it. Twice is once.

    Raises NotIdentified, NotMet, AppointmentThen (he has something else then), or NoSeat: all are taken, it has begun
    or is over, or a block keeps him from somebody there.
    """
    try:
        return _join(booking, by)
    except IntegrityError as error:
        # A block, another seat or another answer about whom she meets was a moment faster.
        if not str(broken_constraint(error)).startswith("guest_"):
            raise
        raise NoSeat from error


@transaction.atomic
def _join(booking: Booking, by: User) -> Guest:
    if by.pk in (booking.client_id, booking.companion_id):
        raise NoSeat
    one_at_a_time(by)
    _lock_pairs(by, booking)
    by.refresh_from_db(fields=["gender"])
    booking = locked(booking)
    known = Guest.objects.filter(party=booking.pk, user=by).first()
    if known is not None:
        return known
    party = check_seat(booking=booking, by=by)
    check_nothing_else(by, booking.starts_ms or 0, booking.granted_ms // MS_PER_MINUTE)
    # The row is held: whether she had accepted by then is true by this clock, and not by the transaction's.
    guest = Guest.objects.create(party=party, user=by, joined_at=moment(database_now_ms()))
    if booking.state == State.AWAITING_PAYMENT and booking.terms.is_shared and _has_part_left(booking):
        bookings.take_share(booking=booking, by=by)
    if booking.state != State.AWAITING_PAYMENT:
        tell_companion(guest=guest, booking=booking)
    booking_touched.send(Booking, booking=booking)
    return guest


def take_part(*, booking: Booking, by: User) -> Share:
    """He pays his part where he sits. Twice is once. Raises NoSeat, and what `bookings.take_share` does."""
    try:
        return bookings.take_share(booking=booking, by=by)
    except IntegrityError as error:
        if broken_constraint(error) != "share_of_a_seat":
            raise
        raise NoSeat from error


@transaction.atomic
def leave(*, booking: Booking, by: User) -> None:
    """Gives the seat back. Twice is once. Raises SeatPaid once his part is paid, NotPossibleNow once it has begun."""
    booking = locked(booking)
    guest = Guest.objects.filter(party=booking.pk, user=by).first()
    if guest is None:
        return
    if not is_open(booking):
        raise NotPossibleNow
    if _has_paid(booking, by):
        raise SeatPaid
    _give_back(booking, guest)


@transaction.atomic
def remove(*, booking: Booking, by: User, guest: User) -> None:
    """Who ordered takes a seat back, for good. Twice is once. Raises what `leave` does, and NotPossibleNow for anybody
    else."""
    if by.pk != booking.client_id:
        raise NotPossibleNow
    leave(booking=booking, by=guest)
    Invitee.objects.filter(booking=booking, user=guest, removed=False).update(removed=True)


def is_open(booking: Booking) -> bool:
    """Guests may still come or leave: it has not begun, by its state and by the clock."""
    return booking.state in JOINABLE and (booking.starts_ms or 0) > database_now_ms()


def free_seat(booking: Booking) -> Party:
    """The table, while somebody could take a seat there. Raises NoSeat."""
    party = Party.objects.filter(booking=booking).first()
    if party is None or not is_open(booking) or party.guests.count() + 1 >= party.size:
        raise NoSeat
    return party


def check_seat(*, booking: Booking, by: User) -> Party:
    """He could take a seat there, and may read where: the table. What else he has at that time is not asked.

    Raises NoSeat, also when a block keeps him from anybody there, his seat was taken back, or he came and went too
    often; NotMet, or NotIdentified.
    """
    party, companion = free_seat(booking), booking.listing.companion
    there = [booking.client_id, booking.companion_id, *party.guests.values_list("user", flat=True)]
    done = Invitee.objects.filter(Q(removed=True) | Q(joins__gte=MOST_JOINS), booking=booking, user=by)
    if done.exists() or any(Block.objects.between(by.pk, other).exists() for other in there):
        raise NoSeat
    if not companion.would_meet(by):
        raise NotMet(companion, by)
    if not is_identified(by):
        raise NotIdentified
    return party


def seats_of(user: User) -> QuerySet[Booking]:
    """The orders of others at which the user has or had a seat, the latest first. `move_waits`: another start waits for
    his answer."""
    paid = Booking.objects.filter(shares__payer=user, shares__state=Share.State.PAID)
    waits = Q(pk__in=paid) & Q(move_waits_for(user, database_now_ms()))
    mine = Booking.objects.filter(party__guests__user=user).annotate(move_waits=waits)
    return mine.select_related("terms", "client", "listing__companion__user").order_by("-starts_ms")[:MOST_SHOWN]


def tables_of(*, one: User, other: User) -> QuerySet[Booking]:
    """The open orders at which one of the two is a guest, and the other has ordered or would serve."""
    found = Q(pk__in=[])
    for guest, host in ((one, other), (other, one)):
        found |= Q(party__guests__user=guest) & (Q(client=host) | Q(companion=host))
    return Booking.objects.filter(found, state__in=JOINABLE)


def unseat(*, one: User, other: User) -> None:
    """The two have parted: who of them has paid nothing loses his seat where he would meet the other. The caller holds
    the rows of `tables_of`."""
    for booking in tables_of(one=one, other=other).distinct().order_by("pk"):
        for guest in booking.party.guests.filter(user__in=[one, other]).select_related("user"):
            if not _has_paid(booking, guest.user):
                _give_back(locked(booking), guest)


def _has_paid(booking: Booking, user: User) -> bool:
    return booking.shares.filter(payer=user, state=Share.State.PAID).exists()


def _has_part_left(booking: Booking) -> bool:
    """Who ordered may have taken the rest upon himself."""
    return sum(share.amount_fen for share in booking.shares.wanted()) < booking.terms.prepaid_fen


def _give_back(booking: Booking, guest: Guest) -> None:
    if booking.state == State.AWAITING_PAYMENT and booking.terms.is_shared:
        # Once its time to be paid is over, the sweep closes it.
        with suppress(NotPossibleNow):
            bookings.drop_share(booking=booking, by=guest.user)
    guest.delete()
    booking_touched.send(Booking, booking=booking)


def _lock_pairs(by: User, booking: Booking) -> None:
    """Before any row: a block locks the two it parts first, and their rows afterwards."""
    for other in sorted([booking.client_id, booking.companion_id]):
        lock_pair(by.pk, other)
