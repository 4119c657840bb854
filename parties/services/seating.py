"""Who comes along with the client of an order."""

from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from accounts.services import one_at_a_time
from bookings import services as bookings
from bookings.errors import NotIdentified, NotMet, NotPossibleNow
from bookings.models import Booking, State
from bookings.services.locking import lock_pair, locked
from bookings.signals import booking_touched
from common.clock import database_now_ms
from parties.errors import NoSeat, SeatPaid
from parties.models import SMALLEST, Guest, Party
from vetting.services import is_identified

JOINABLE = (State.AWAITING_PAYMENT, State.REQUESTED, State.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Company:
    """How many clients come, and whether each pays a part of the price; else who orders pays all of it."""

    size: int = 1
    shares: bool = False

    @property
    def shared_by(self) -> int:
        return self.size if self.shares else 1


@transaction.atomic
def gather(*, booking: Booking, size: int) -> None:
    """Writes down how many come along with the client, until that is paid: then the companion has read it.

    The caller has just ordered and holds the booking's lock. Raises NoSeat when more have joined already.
    """
    if booking.state != State.AWAITING_PAYMENT:
        return
    party = Party.objects.filter(booking=booking).first()
    taken = 1 + (party.guests.count() if party else 0)
    if size < taken:
        raise NoSeat
    if size >= SMALLEST:
        Party.objects.update_or_create(booking=booking, defaults={"size": size})
    elif party:
        party.delete()


@transaction.atomic
def join(*, booking: Booking, by: User) -> Guest:
    """Takes a seat, and where the price is shared and not all paid a part of it. Twice is once.

    Raises NotIdentified, NotMet, or NoSeat: all are taken, or it has begun or is over.
    """
    _lock_pairs(by, booking)
    one_at_a_time(by)
    booking = locked(booking)
    known = Guest.objects.filter(party=booking.pk, user=by).first()
    if known is not None:
        return known
    party = _party_for(by, booking)
    guest = Guest.objects.create(party=party, user=by)
    if booking.state == State.AWAITING_PAYMENT and booking.terms.shared_by > 1 and _has_part_left(booking):
        bookings.take_share(booking=booking, by=by)
    booking_touched.send(Booking, booking=booking)
    return guest


@transaction.atomic
def leave(*, booking: Booking, by: User) -> None:
    """Gives the seat back. Twice is once. Raises SeatPaid once his part is paid, NoSeat once it has begun."""
    booking = locked(booking)
    guest = Guest.objects.filter(party=booking.pk, user=by).first()
    if guest is None:
        return
    if not is_open(booking):
        raise NoSeat
    if booking.shares.filter(payer=by, state="paid").exists():
        raise SeatPaid
    _give_back(booking, guest)


def is_open(booking: Booking) -> bool:
    """Guests may still come or leave: it has not begun, by its state and by the clock."""
    return booking.state in JOINABLE and (booking.starts_ms or 0) > database_now_ms()


def seats_of(user: User) -> QuerySet[Booking]:
    """The orders of others at which the user has a seat and that are not over, the next first."""
    mine = Booking.objects.filter(party__guests__user=user, due_ms__isnull=False)
    return mine.select_related("terms", "client", "listing__companion__user").order_by("starts_ms")


@transaction.atomic
def part_company(*, by: User, other: User) -> None:
    """One of the two has blocked the other: who has paid nothing loses his seat at the other's table. What a companion
    would have to serve to whom she blocked is closed, and all of it goes back."""
    for booking in Booking.objects.filter(state__in=JOINABLE, party__guests__user__in=[by, other]).order_by("pk"):
        guest = booking.party.guests.filter(user__in=[by, other]).first()
        if guest is None or not {by.pk, other.pk} - {guest.user_id} <= {booking.client_id, booking.companion_id}:
            continue
        _part(locked(booking), guest, by)


def _part(booking: Booking, guest: Guest, by: User) -> None:
    has_paid = booking.shares.filter(payer=guest.user_id, state="paid").exists()
    if not has_paid and booking.state in JOINABLE:
        _give_back(booking, guest)
    elif by.pk == booking.companion_id and booking.state == State.REQUESTED:
        bookings.decline(booking=booking, by=by)
    elif by.pk == booking.companion_id and booking.state == State.ACCEPTED:
        bookings.cancel(booking=booking, by=by)


def _party_for(by: User, booking: Booking) -> Party:
    party = Party.objects.filter(booking=booking).first()
    if party is None or not is_open(booking) or by.pk in (booking.client_id, booking.companion_id):
        raise NoSeat
    if not is_identified(by):
        raise NotIdentified
    companion = booking.listing.companion
    if not companion.would_meet(by):
        raise NotMet(companion, by)
    if party.guests.count() + 1 >= party.size:
        raise NoSeat
    return party


def _has_part_left(booking: Booking) -> bool:
    """Who ordered may have taken the rest upon himself."""
    return sum(share.amount_fen for share in booking.shares.wanted()) < booking.terms.prepaid_fen


def _give_back(booking: Booking, guest: Guest) -> None:
    if booking.state == State.AWAITING_PAYMENT and booking.terms.shared_by > 1:
        # Once its time to be paid is over, the sweep closes it.
        with suppress(NotPossibleNow):
            bookings.drop_share(booking=booking, by=guest.user)
    guest.delete()
    booking_touched.send(Booking, booking=booking)


def _lock_pairs(by: User, booking: Booking) -> None:
    """Before any row: a block locks the two it parts first, and their rows afterwards."""
    for other in sorted([booking.client_id, booking.companion_id]):
        lock_pair(by.pk, other)
