"""`make bench-meter`: 10 000 and 100 000 live sessions, a real worker and beat, and beside it a task for each session.

python -m bench.meter [--sessions N …] [--seconds S] [--windows W] [--warm-up S]. Windows of a minute, three of each
kind: sessions that only run, then 1 % of them a minute paused, ended or paid longer, while others run out. What is
counted, of ours and of the plain design, is the CPU time of the web, the workers and PostgreSQL; that of every other
process that has a part in it stands beside it. Prints a table, and one JSON object as its last line.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
django.setup()

from django.conf import settings  # noqa: E402

from bench.meter import cpu, measure  # noqa: E402
from bench.meter.fill import fill, let_run_out  # noqa: E402
from bench.meter.measure import Window, one, window  # noqa: E402
from bench.meter.naive import QUEUE  # noqa: E402
from bench.meter.processes import celery, python, running, site  # noqa: E402
from bookings import services  # noqa: E402
from bookings.services import presence  # noqa: E402

SIZES = (10_000, 100_000)
WINDOWS = 3
NAIVE = 2_000
# How long it takes until everybody is written down.
HERE_S = 4
# A clock that has just begun, and a Redis that has, are looked at more closely: most sessions are older.
WARM_UP_S = presence.RECENT_MS / 1000
RUN_OUT = 1_200
# Whose CPU time is counted: broker, beat and the bench's own writing of presence are told beside it.
PRODUCT = ("web", "worker", "postgres")
SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size", "huge_pages_status")


@dataclass
class Run:
    """One size: what its windows cost, and the rest of its figures."""

    sessions: int
    seconds: float
    windows: int
    warm_up: float
    alone: list[Window] = field(default_factory=list)
    with_people: list[Window] = field(default_factory=list)
    lags_ms: list[float] = field(default_factory=list)
    idle_ms: tuple[float, float] = (0, 0)
    one_sweeper: list[float] = field(default_factory=list)
    two_sweepers: list[float] = field(default_factory=list)
    naive: list[Window] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def us(self) -> float:
        return statistics.median(map(product_us, self.alone))

    @property
    def wal(self) -> float:
        return statistics.median(each.wal / max(1, each.minutes) for each in self.alone)


def measured(run: Run, *, whole: bool) -> Run:
    """All figures of one size; without `whole` only what shows how they grow."""
    sessions, began = run.sessions, time.monotonic()
    fill(sessions)
    say(f"{sessions} sessions made in {time.monotonic() - began:.0f} s")
    # Whoever is not written down as connected is away, and his clock stands.
    with running(here=python("-m", "bench.meter.here")) as here:
        time.sleep(HERE_S)
        run_all(run, here, whole=whole)
    run.problems = measure.problems()
    return run


def run_all(run: Run, here: dict[str, int], *, whole: bool) -> None:
    run_alone(run, here)
    if whole:
        run_with_people(run, here)
        run_backlogs(run)
    services.tick()
    run.idle_ms = measure.idle_poll_ms()
    services.tick()


def run_alone(run: Run, here: dict[str, int]) -> None:
    with site() as pids:
        pids |= cpu.servers() | here
        time.sleep(run.warm_up)
        measure.wait_for_no_backlog()
        for _ in range(run.windows):
            run.alone.append(told("only running", window(pids, lambda: time.sleep(run.seconds))))


def run_with_people(run: Run, here: dict[str, int]) -> None:
    """1 % a minute do something, and the time of some runs out within the windows."""
    with site(web=python("-m", "bench.meter.people", str(run.sessions / 100))) as pids:
        pids |= cpu.servers() | here
        measure.wait_for_no_backlog()
        began = one("SELECT bookings_now_ms()") + 10_000
        span = int(run.windows * run.seconds * 1000)
        let_run_out(min(RUN_OUT, run.sessions // 3), from_ms=began, span_ms=span)
        time.sleep(10)
        for _ in range(run.windows):
            run.with_people.append(told("with people", window(pids, lambda: time.sleep(run.seconds))))
        time.sleep(3)
        run.lags_ms = measure.cut_off_lags_ms(began, began + span)
        say(f"{len(run.lags_ms)} clocks cut off, p50 {centile(run.lags_ms, 0.5)} ms, p99 {centile(run.lags_ms, 0.99)}")


def run_backlogs(run: Run) -> None:
    """The clocks run unmetered for a while; then the plain design does some of it, and one sweeper or two the rest."""
    for sweepers in (1, 2) * run.windows:
        time.sleep(run.seconds)
        run.naive.append(run_naive(run))
        handled, seconds = measure.work_off(sweepers)
        (run.one_sweeper if sweepers == 1 else run.two_sweepers).append(handled / seconds)
        say(f"{sweepers} sweeper(s) worked off {handled} sessions, {handled / seconds:.0f} a second")


def run_naive(run: Run) -> Window:
    with running(worker=celery("--queues", QUEUE, "--include", "bench.meter.naive")) as pids:
        pids |= cpu.servers()
        # The worker has started when it has done some.
        measure.naive(10)
        sample = min(NAIVE // 2, run.sessions // 10)
        return told("naive", window(pids, lambda: measure.naive(sample)))


def product_us(each: Window) -> float:
    return sum(map(each.us_of, PRODUCT))


def told(name: str, each: Window) -> Window:
    parts = ", ".join(f"{part} {each.us_of(part):.1f}" for part in each.cpu)
    say(
        f"{name}: {each.minutes} session-minutes in {each.seconds:.0f} s, {product_us(each):.1f} µs CPU each, in all "
        f"processes {each.us:.1f} ({parts}), "
        f"{each.wal / max(1, each.minutes):.0f} bytes of WAL, load average {each.load:.2f}"
    )
    return each


def say(line: str) -> None:
    print(line, flush=True)


def main(sizes: Sequence[int], seconds: float, windows: int, warm_up: float) -> None:
    say(f"load average {os.getloadavg()[0]:.2f} at the start; posting every {settings.POSTING_QUANTUM_MIN} min")
    say("PostgreSQL: " + ", ".join(f"{name}={one(f'SHOW {name}')}" for name in SETTINGS))
    runs = [measured(Run(size, seconds, windows, warm_up), whole=size == sizes[-1]) for size in sizes]
    table(runs)
    print(json.dumps(answer(runs)))


def table(runs: Sequence[Run]) -> None:
    say(f"{'sessions':>9} {'µs CPU a session-minute':>24} {'WAL bytes':>10} {'idle poll ms':>13} {'inside':>7}")
    for run in runs:
        client, inside = run.idle_ms
        say(f"{run.sessions:>9} {run.us:>24.1f} {run.wal:>10.0f} {client:>13.2f} {inside:>7.2f}")


def middle(values: Sequence[float], digits: int = 1) -> float:
    return round(statistics.median(values), digits)


def spread(values: Sequence[float]) -> list[float]:
    return [round(min(values), 1), round(max(values), 1)]


def centile(values: Sequence[float], share: float) -> float | None:
    return round(values[min(len(values) - 1, int(len(values) * share))], 1) if values else None


def answer(runs: Sequence[Run]) -> dict:
    last = runs[-1]
    us, naive = last.us, [product_us(each) for each in last.naive]
    broken = [problem for run in runs for problem in run.problems]
    return {
        "bench": "meter",
        "sessions": last.sessions,
        "cpu_us_per_session_minute": round(us, 1),
        "cpu_us_of": "+".join(PRODUCT),
        "cpu_us_all_processes": middle([each.us for each in last.alone]),
        "naive_cpu_us_all_processes": middle([each.us for each in last.naive]),
        "cpu_us_by_process": {part: middle([each.us_of(part) for each in last.alone]) for part in last.alone[0].cpu},
        "session_minutes_per_s": middle(last.one_sweeper),
        "cutoff_lag_p50_ms": centile(last.lags_ms, 0.5),
        "cutoff_lag_p99_ms": centile(last.lags_ms, 0.99),
        "cutoff_lag_max_ms": centile(last.lags_ms, 1),
        "idle_poll_ms": round(last.idle_ms[0], 2),
        "wal_bytes_per_unit": round(last.wal),
        "naive_cpu_us_per_session_minute": middle(naive),
        "naive_ratio": middle([one / us for one in naive]),
        "invariants": "ok" if not broken else "; ".join(broken[:5]),
        "cores_at_real_time": round(us * last.sessions / 60 / 1e6, 3),
        "cutoff_sample": len(last.lags_ms),
        "with_people_cpu_us_per_session_minute": middle([product_us(each) for each in last.with_people]),
        "two_sweepers_session_minutes_per_s": middle(last.two_sweepers),
        "growth": {
            str(run.sessions): {"cpu_us_per_session_minute": round(run.us, 1), "idle_poll_ms": round(run.idle_ms[0], 2)}
            for run in runs
        },
        "spread": {
            "cpu_us_per_session_minute": spread([product_us(each) for each in last.alone]),
            "cpu_us_all_processes": spread([each.us for each in last.alone]),
            "session_minutes_per_s": spread(last.one_sweeper),
            "two_sweepers_session_minutes_per_s": spread(last.two_sweepers),
            "naive_cpu_us_per_session_minute": spread(naive),
        },
        "posting_quantum_min": settings.POSTING_QUANTUM_MIN,
        "huge_pages": one("SHOW huge_pages_status"),
        "durable": all(one(f"SHOW {name}") == "on" for name in SETTINGS[:3]),
        "load": round(os.getloadavg()[0], 2),
    }


def asked(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.meter")
    parser.add_argument("--sessions", type=int, nargs="+", default=SIZES)
    parser.add_argument("--seconds", type=float, default=60, help="how long a window is")
    parser.add_argument("--windows", type=int, default=WINDOWS, help="how many of each kind")
    parser.add_argument("--warm-up", type=float, default=WARM_UP_S, help="seconds until the first window")
    return parser.parse_args(argv)


if __name__ == "__main__":
    wanted = asked(sys.argv[1:])
    main(wanted.sessions, wanted.seconds, wanted.windows, wanted.warm_up)
