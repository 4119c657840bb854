"""Who waits for a companion is told when she is here and in no order: listings knows the first, bookings the second."""

from bookings.models import Booking
from listings import services as listings


def tell_watchers() -> int:
    """Tells all whose wait is over by now; returns how many. A round that is missed costs its seconds, nothing else."""
    here = listings.waited_for()
    busy = Booking.objects.busy().filter(companion__in=here).values_list("companion", flat=True)
    return listings.tell_watchers(free=here - set(busy)) if here else 0
