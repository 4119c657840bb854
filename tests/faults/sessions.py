"""Sessions that run, whose prepaid time runs out one after the other, and who looks when each is cut off."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from uuid import UUID

import psycopg2
from django.db import connection
from websockets.sync.client import connect

from bookings.models import Booking, Segment, State
from bookings.services.explaining import explain
from chat.demo.companion import session_of
from chat.models import Conversation
from common.clock import MS_PER_MINUTE, database_now_ms
from payments.services.books import check_books
from tests.cast import a_listing, a_user
from tests.orders import live
from tests.server import environment
from tests.waiting import until

CUT_OFF_WITHIN_MS = 2000
OVER = "SELECT id FROM bookings_booking WHERE ended_ms IS NOT NULL"


def running(count: int) -> list[Booking]:
    """So many sessions that just began, each of its own two people."""
    return [live(a_user(f"client{n}"), a_listing(f"companion{n}")) for n in range(count)]


def let_run_out(bookings: Sequence[Booking], *, first_s: float, every_s: float) -> None:
    """They turn out to have begun long ago: the first one's time is over in so many seconds, then the next one's."""
    first_ms = database_now_ms() + int(first_s * 1000)
    for place, booking in enumerate(bookings):
        deadline_ms = first_ms + int(place * every_s * 1000)
        Booking.objects.filter(pk=booking.pk).update(
            live_since_ms=deadline_ms - booking.granted_ms, due_ms=min(deadline_ms, database_now_ms())
        )
        booking.refresh_from_db()


@contextmanager
def open_pages(url: str, bookings: Sequence[Booking]) -> Iterator[None]:
    """Both sides of each have the chat open."""
    convs = dict(Conversation.objects.values_list("booking_id", "pk"))
    with ExitStack() as pages:
        for booking in bookings:
            for user in (booking.client, booking.companion):
                headers = {"Cookie": f"sessionid={session_of(user)}"}
                address = url.replace("http", "ws", 1) + "/ws/"
                page = pages.enter_context(connect(address, origin=url, additional_headers=headers, max_queue=None))
                page.send(json.dumps({"t": "hello", "v": 1, "resume": [{"conv": convs[booking.pk], "last_seq": 0}]}))
                assert json.loads(page.recv(timeout=10))["t"] == "welcome"
        yield


class Watcher(threading.Thread):
    """Looks fifty times a second which sessions are over, and whether the database answers. This machine's clock is
    the database's here."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.address = environment()["DATABASE_URL"]
        self.over_ms: dict[UUID, int] = {}
        self.silent: list[tuple[int, int]] = []
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.is_set():
            began = _now_ms()
            try:
                self._look_on()
            except psycopg2.Error:
                self._wait_for_it(began)

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    def lag_ms(self, booking: Booking) -> int:
        """How long after its deadline, or after the database came back if it was away then, it was seen to be over."""
        due = booking.deadline_ms if booking.deadline_ms is not None else booking.ended_ms
        over = self.over_ms[booking.pk]
        return over - max([due, *(back for _gone, back in self.silent if due <= back <= over)])

    def _look_on(self) -> None:
        reader = psycopg2.connect(self.address)
        reader.autocommit = True
        try:
            with reader.cursor() as cursor:
                while not self._stopped.is_set():
                    cursor.execute(OVER)
                    for (pk,) in cursor.fetchall():
                        self.over_ms.setdefault(UUID(str(pk)), _now_ms())
                    time.sleep(0.02)
        finally:
            reader.close()

    def _wait_for_it(self, since_ms: int) -> None:
        while not self._stopped.is_set():
            try:
                psycopg2.connect(self.address).close()
            except psycopg2.Error:
                time.sleep(0.02)
            else:
                break
        self.silent.append((since_ms, _now_ms()))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@contextmanager
def watched() -> Iterator[Watcher]:
    watcher = Watcher()
    watcher.start()
    try:
        yield watcher
    finally:
        watcher.stop()


def wait_until_over(watcher: Watcher, bookings: Sequence[Booking], seconds: float = 30) -> None:
    until(lambda: all(b.pk in watcher.over_ms for b in bookings), seconds=seconds, what="every clock to be cut off")


def wait_until_settled(bookings: Sequence[Booking], seconds: float = 30) -> None:
    pks = [booking.pk for booking in bookings]
    unsettled = Booking.objects.filter(pk__in=pks).exclude(state=State.SETTLED)
    until(lambda: not unsettled.exists(), seconds=seconds, what="every session to be settled")


def everything_holds(ran_out: Sequence[Booking], still_run: Sequence[Booking] = ()) -> None:
    """The books; each bill beside its ledger; each that ran out was billed its prepaid time, no more and no less, up to
    its deadline; no other clock was stopped."""
    assert check_books(with_stripe=False) == []
    for booking in ran_out:
        deadline_ms = booking.live_since_ms + booking.granted_ms
        booking.refresh_from_db()
        assert (booking.ended_ms, booking.billed_min * MS_PER_MINUTE) == (deadline_ms, booking.granted_ms)
        assert list(Segment.objects.filter(booking=booking).values_list("end_ms", "stop_reason")) == [
            (deadline_ms, "deadline")
        ]
    for booking in still_run:
        booking.refresh_from_db()
        assert booking.state == State.LIVE
        assert not Segment.objects.filter(booking=booking).exists()
    for booking in (*ran_out, *still_run):
        assert explain(booking).agrees, explain(booking)


def cut_off_in_time(watcher: Watcher, bookings: Sequence[Booking]) -> None:
    lags = {booking.code: watcher.lag_ms(booking) for booking in bookings}
    assert all(-50 <= lag <= CUT_OFF_WITHIN_MS for lag in lags.values()), lags


def reconnected() -> None:
    """This process's own connection, after the database went away."""
    connection.close()
