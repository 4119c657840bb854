"""What people do meanwhile, from a process like a web process: python -m bench.meter.people ACTIONS_PER_MINUTE

Through the real services: a pause and the resuming after it, an end, minutes paid on top; and as many messages, each a
client's question and the answer. What somebody may no longer do at that moment is left.
"""

import heapq
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from bookings import services  # noqa: E402
from bookings.errors import NoRoomForMore, NotPossibleNow  # noqa: E402
from bookings.models import Booking, State  # noqa: E402
from payments import services as payments  # noqa: E402
from payments.gateway.values import Capture, Checkout  # noqa: E402

MORE_MIN = 15
PAUSE_S = 20
ANSWER_S = 5


def pause(booking: Booking) -> None:
    services.pause(booking=booking, by=booking.client)


def resume(booking: Booking) -> None:
    services.resume(booking=booking, by=booking.client)


def end(booking: Booking) -> None:
    services.end(booking=booking, by=booking.client)


def top_up(booking: Booking) -> None:
    """He taps on a quarter of an hour more, and Stripe's word that it is paid comes at once."""
    extension = services.extend(booking=booking, by=booking.client, minutes=MORE_MIN, request_key=uuid4())
    payment = services.payment_for(extension)
    capture = Capture(f"pi_more_{payment.pk}", f"ch_more_{payment.pk}", payment.amount, 34, "visa")
    payments.apply_checkout(payment_id=payment.pk, checkout=Checkout(f"cs_more_{payment.pk}", "", "complete", capture))


def ask(booking: Booking) -> None:
    _say(booking, from_companion=False)


def answer(booking: Booking) -> None:
    _say(booking, from_companion=True)


def _say(booking: Booking, *, from_companion: bool) -> None:
    with connection.cursor() as cursor:
        asked = [booking.pk, from_companion, settings.POSTING_LAG_MS]
        cursor.execute("SELECT stepped FROM bookings_note_message(%s, %s, %s)", asked)
        stepped = cursor.fetchone()[0]
    if stepped:
        services.announce(only=booking.pk)


# What is begun, and what follows on it after so many seconds.
BEGINNINGS: list[tuple[Callable[[Booking], None], Callable[[Booking], None] | None, int]] = [
    (pause, resume, PAUSE_S),
    (ask, answer, ANSWER_S),
    (end, None, 0),
    (ask, answer, ANSWER_S),
    (top_up, None, 0),
    (ask, answer, ANSWER_S),
]


def schedule(per_minute: float, ids: list[UUID], rng: random.Random) -> Iterator[tuple[float, Callable, UUID]]:
    """(second, what, whose) without end; every second one is a message, which `per_minute` does not count."""
    waiting: list[tuple[float, int, Callable, UUID]] = []
    for number, whose in enumerate(rng.choices(ids, k=1_000_000)):
        begin, follow, after = BEGINNINGS[number % len(BEGINNINGS)]
        second = number * 30 / per_minute
        while waiting and waiting[0][0] <= second:
            late, _number, what, of_whom = heapq.heappop(waiting)
            yield late, what, of_whom
        yield second, begin, whose
        if follow:
            heapq.heappush(waiting, (second + after, number, follow, whose))


def main(per_minute: float) -> None:
    ids = list(Booking.objects.filter(state=State.LIVE).values_list("pk", flat=True))
    began = time.monotonic()
    for second, what, whose in schedule(per_minute, ids, random.Random(5)):
        time.sleep(max(0, began + second - time.monotonic()))
        try:
            what(Booking.objects.select_related("client", "companion").get(pk=whose))
        except (NotPossibleNow, NoRoomForMore):
            continue


if __name__ == "__main__":
    main(float(sys.argv[1]))
