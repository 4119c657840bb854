"""Tables for several, and who sits there."""

from accounts.models import User
from bookings.models import Booking, Share
from listings.models import Listing
from parties import services
from parties.services import Company
from tests.cast import a_user
from tests.meals.plans import ordered
from tests.orders import pay
from tests.papers import identify


def a_table(client: User, listing: Listing, size: int = 3, *, shares: bool = True, **asked) -> Booking:
    """Ordered, and nobody has joined or paid."""
    return ordered(client, listing, company=Company(size, shares), **asked)


def a_guest(name: str, **fields) -> User:
    """Somebody who is identified."""
    user = a_user(name, **fields)
    identify(user)
    return user


def seated(booking: Booking, *users: User) -> Booking:
    for user in users:
        services.join(booking=booking, by=user)
    return booking


def paid_by_all(booking: Booking) -> Booking:
    for seq in booking.shares.wanted().filter(state=Share.State.OPEN).values_list("payment_seq", flat=True):
        pay(booking, seq=seq)
    booking.refresh_from_db()
    return booking
