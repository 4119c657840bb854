"""Who waits for a companion is told when she is here and free for an order: listings knows the first, bookings when
somebody is with her and how long the shortest order takes."""

from bookings.models import Booking
from bookings.services.times import MARGIN_MIN, SHORTEST_NOW_MIN
from listings import services as listings


def tell_watchers() -> int:
    """Tells all whose wait is over by now; returns how many. A round that is missed costs its seconds, nothing else."""
    here = listings.waited_for()
    if not here:
        return 0
    busy = set(Booking.objects.busy().filter(companion__in=here).values_list("companion", flat=True))
    promised = listings.promised_within(user_ids=here, minutes=SHORTEST_NOW_MIN + MARGIN_MIN)
    return listings.tell_watchers(free=here - busy - promised)
