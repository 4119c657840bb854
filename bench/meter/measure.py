"""Each figure by itself: what a window cost, how late a clock was cut off, what an idle poll takes, what is wrong."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from bench.meter import cpu
from bench.meter.naive import ring
from bench.meter.processes import PRODUCTION, python
from bookings.models import Booking, State
from devstack.places import CHECKOUT
from payments.services.books import check_books

LIMIT = 5000
POSTED = "SELECT sum(billed_min) FROM bookings_booking"


@dataclass(frozen=True)
class Window:
    """What happened between two moments: session-minutes posted, CPU seconds by process, bytes of WAL."""

    minutes: int
    seconds: float
    cpu: Mapping[str, float]
    wal: int
    load: float

    @property
    def us(self) -> float:
        """Microseconds of CPU for a session-minute."""
        return sum(self.cpu.values()) * 1e6 / max(1, self.minutes)

    def us_of(self, name: str) -> float:
        return self.cpu.get(name, 0) * 1e6 / max(1, self.minutes)


def window(pids: Mapping[str, int], during: Callable[[], None]) -> Window:
    posted, wal = one(POSTED), one("SELECT pg_current_wal_insert_lsn()")
    spent, own, began = cpu.seconds(pids), time.process_time(), time.monotonic()
    during()
    after, own, took = cpu.seconds(pids), time.process_time() - own, time.monotonic() - began
    return Window(
        minutes=one(POSTED) - posted,
        seconds=took,
        cpu={"bench": own, **{name: after[name] - spent[name] for name in pids}},
        wal=int(one("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s)", wal)),
        load=os.getloadavg()[0],
    )


def one(sql: str, *parameters: object):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()[0]


def backlog() -> int:
    """How many sessions should have been metered two seconds ago."""
    return one("SELECT count(*) FROM bookings_timer WHERE due_ms <= bookings_now_ms() - 2000")


def wait_for_no_backlog(limit_s: float = 300) -> None:
    until = time.monotonic() + limit_s
    while backlog():
        if time.monotonic() > until:
            raise SystemExit(f"The meter does not keep up: {backlog()} sessions wait.")
        time.sleep(1)


def idle_poll_ms() -> tuple[float, float]:
    """The median of 200 polls that find nothing due: as the client sees it, and as EXPLAIN does."""
    before_all = one("SELECT min(due_ms) - 1 FROM bookings_timer")
    call = f"SELECT bookings_meter({LIMIT}, {settings.POSTING_LAG_MS}, {before_all})"
    seen, explained = [], []
    for _ in range(200):
        began = time.perf_counter()
        one(call)
        seen.append((time.perf_counter() - began) * 1000)
        plan = one(f"EXPLAIN (ANALYZE, FORMAT json) {call}")
        explained.append(plan[0]["Execution Time"])
    return statistics.median(seen), statistics.median(explained)


def cut_off_lags_ms(from_ms: int, to_ms: int) -> list[float]:
    """For each clock that stopped at its deadline in that time: how long after it that was committed."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000 - end_ms FROM bookings_segment
             WHERE stop_reason = 'deadline' AND end_ms BETWEEN %s AND %s
            """,
            [from_ms, to_ms],
        )
        return sorted(float(lag) for (lag,) in cursor.fetchall())


def work_off(sweepers: int) -> tuple[int, float]:
    """How many sessions so many sweepers side by side handled, and the seconds until the last was done."""
    argv, pipe = python("-m", "bench.meter.sweeper"), subprocess.PIPE
    env = {**os.environ, **PRODUCTION}
    started = [
        subprocess.Popen(argv, cwd=CHECKOUT, env=env, stdin=pipe, stdout=pipe, text=True) for _ in range(sweepers)
    ]
    for child in started:
        child.stdout.readline()
    for child in started:
        child.stdin.write("go\n")
        child.stdin.flush()
    answers = [child.communicate()[0].split() for child in started]
    return sum(int(handled) for handled, _ in answers), max(float(seconds) for _, seconds in answers)


def naive(sessions: int) -> None:
    """The plain design works off so many sessions that are due."""
    now = one("SELECT bookings_now_ms()")
    # Not those whose time runs out meanwhile: it knows no deadline.
    running = Booking.objects.filter(state=State.LIVE, deadline_ms__gt=now + 600_000)
    due = running.filter(due_ms__lte=now).order_by("due_ms")
    ids = list(due.values_list("pk", flat=True)[:sessions])
    ring(ids)
    while one("SELECT count(*) FROM bookings_booking WHERE id = ANY(%s) AND due_ms <= %s", ids, now):
        time.sleep(0.5)


def problems() -> list[str]:
    """What does not hold: the books, and each running clock against its minutes."""
    found = check_books(with_stripe=False)
    wrong = one(
        """
        SELECT count(*) FROM bookings_booking, LATERAL (
            SELECT (closed_ms + GREATEST(0, bookings_now_ms() - %s - live_since_ms)) / 60000 AS minutes) counted
         WHERE state = 'live' AND billed_min NOT BETWEEN minutes - 1 AND minutes
        """,
        settings.POSTING_LAG_MS,
    )
    return found + ([f"{wrong} running sessions whose minutes are not the clock's"] if wrong else [])
