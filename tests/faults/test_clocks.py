"""A worker whose machine's clock is an hour off, and the lag as it is in production: no bill changes."""

import shutil
import subprocess
import sys

import pytest

from bookings.models import Booking, Segment, State
from bookings.services.explaining import explain
from common.clock import MS_PER_MINUTE, database_now_ms
from devstack.apt import FAKETIME
from devstack.places import CHECKOUT
from payments.services.books import check_books
from tests.faults.sessions import (
    everything_holds,
    let_run_out,
    open_pages,
    running,
    wait_until_over,
    wait_until_settled,
    watched,
)
from tests.faults.site import site_in
from tests.server import environment

REAL_LAG_MS = 45_000
HOUR_MS = 60 * MS_PER_MINUTE
needs_faketime = pytest.mark.skipif(shutil.which(FAKETIME) is None, reason="no faketime here: apt-get install it")


def shifted(by: str) -> list[str]:
    """What comes before a command, for its clock to be off by so much. Waits stay as long as they are."""
    return [FAKETIME, "--exclude-monotonic", "-f", by]


@needs_faketime
def test_workers_whose_clocks_are_an_hour_ahead_and_behind(site):
    *ran_out, still_runs = running(5)
    site.start("beat")
    for by, one_half in (("+1h", ran_out[:2]), ("-1h", ran_out[2:])):
        site.start("worker", clock=shifted(by))
        let_run_out(one_half, first_s=0, every_s=1)
        wait_until_settled(one_half)
        site.kill("worker")
    everything_holds(ran_out, [still_runs])


@needs_faketime
def test_control_a_meter_that_believed_its_machine_would_bill_an_hour(transactional_db):
    [booking] = running(1)
    sweep = "import time; from bookings import services; services.sweep(now_ms=int(time.time() * 1000))"
    argv = [*shifted("+1h"), sys.executable, "manage.py", "shell", "-c", sweep]
    subprocess.run(argv, cwd=CHECKOUT, env=environment(), check=True, capture_output=True, timeout=60)
    booking.refresh_from_db()
    assert booking.state == State.EXHAUSTED
    assert booking.ended_ms > database_now_ms() + HOUR_MS // 3


def left_before_the_end(site, stayed: list[Booking], left: Booking, early_s: int) -> int:
    """All run out at once, and the companion of `left` has gone so long before; returns when, in epoch ms."""
    site.start("web", "worker", "beat")
    with open_pages(site.url, stayed), watched() as watcher:
        with open_pages(site.url, [left]):
            let_run_out([*stayed, left], first_s=early_s, every_s=0)
        gone_ms = database_now_ms()
        wait_until_over(watcher, [*stayed, left])
    return gone_ms


def settled_after_ms(booking: Booking) -> int:
    booking.refresh_from_db()
    return booking.steps.get(state=State.SETTLED).at_ms - booking.ended_ms


def test_with_the_lag_of_production_seconds_without_her_are_not_billed_though_they_are_noticed_after_the_end(
    transactional_db, settings, tmp_path
):
    settings.POSTING_LAG_MS = REAL_LAG_MS
    *stayed, left = running(3)
    with site_in(tmp_path, POSTING_LAG_MS=str(REAL_LAG_MS)) as site:
        gone_ms = left_before_the_end(site, stayed, left, early_s=5)
        site.kill("worker")
        site.start("worker")
        wait_until_settled([*stayed, left], seconds=70)
    everything_holds(stayed)
    assert min(settled_after_ms(booking) for booking in (*stayed, left)) >= REAL_LAG_MS
    stretch = Segment.objects.get(booking=left)
    assert abs(stretch.end_ms - gone_ms) < 2000
    assert (stretch.stop_reason, left.billed_min) == ("companion_away", 29)
    assert explain(left).agrees, explain(left)


def test_control_with_a_short_lag_they_would_be_hers(site):
    [left] = running(1)
    left_before_the_end(site, [], left, early_s=3)
    wait_until_settled([left])
    left.refresh_from_db()
    assert left.billed_min == 30
    assert check_books(with_stripe=False) == []
