"""A process is killed while sessions run: whichever layer is left cuts each clock off in time, and no bill changes."""

import time

import pytest

from bookings.tasks import sweep
from tests.faults.sessions import (
    CUT_OFF_WITHIN_MS,
    cut_off_in_time,
    everything_holds,
    let_run_out,
    open_pages,
    running,
    wait_until_over,
    wait_until_settled,
    watched,
)
from tests.server import running_manage

TEN_MINUTES_S = 600
NO_REDIS = "redis://127.0.0.1:1/0"


@pytest.mark.parametrize("gone", ["worker", "beat", "web"])
def test_killed_in_the_middle(site, gone):
    *ran_out, still_runs = running(6)
    site.start("web", "worker", "beat")
    let_run_out(ran_out, first_s=3, every_s=1)
    with open_pages(site.url, [*ran_out, still_runs]), watched() as watcher:
        wait_until_over(watcher, ran_out[:1])
        site.kill(gone)
        wait_until_over(watcher, ran_out)
        cut_off_in_time(watcher, ran_out)
    site.start(gone)
    wait_until_settled(ran_out)
    everything_holds(ran_out, [still_runs])


def test_nothing_is_cut_off_while_no_layer_lives_and_the_third_needs_no_broker(site):
    ran_out = running(3)
    let_run_out(ran_out, first_s=0, every_s=0)
    with watched() as watcher:
        time.sleep(3)
        assert watcher.over_ms == {}
        with running_manage("sweep", "--forever", POSTING_LAG_MS="2000", PRESENCE_SILENT_MS="3000", REDIS_URL=NO_REDIS):
            wait_until_over(watcher, ran_out)
            wait_until_settled(ran_out)
    assert all(watcher.lag_ms(booking) > CUT_OFF_WITHIN_MS for booking in ran_out)
    everything_holds(ran_out)


def test_two_beats_and_ten_times_the_ticks(site):
    ran_out = running(4)
    site.start("worker", "beat", "second beat")
    let_run_out(ran_out, first_s=1, every_s=1)
    with watched() as watcher:
        for _ in range(60):
            sweep.delay()
            time.sleep(0.1)
        wait_until_over(watcher, ran_out)
        cut_off_in_time(watcher, ran_out)
    wait_until_settled(ran_out)
    everything_holds(ran_out)


def test_ticks_that_come_ten_minutes_late(site):
    ran_out = running(3)
    let_run_out(ran_out, first_s=-TEN_MINUTES_S, every_s=60)
    site.start("worker", "beat")
    wait_until_settled(ran_out)
    everything_holds(ran_out)
