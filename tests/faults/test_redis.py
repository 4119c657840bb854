"""Redis is emptied, or gone for a while: it holds nothing that a clock needs."""

import time

import redis

from tests.faults.sessions import (
    cut_off_in_time,
    everything_holds,
    let_run_out,
    open_pages,
    running,
    wait_until_over,
    wait_until_settled,
    watched,
)


def test_emptied_in_the_middle(site_on_valkey, valkey):
    *ran_out, still_runs = running(5)
    site_on_valkey.start("web", "worker", "beat")
    let_run_out(ran_out, first_s=3, every_s=1)
    with open_pages(site_on_valkey.url, [*ran_out, still_runs]), watched() as watcher:
        wait_until_over(watcher, ran_out[:1])
        redis.Redis.from_url(valkey.url).flushall()
        wait_until_over(watcher, ran_out)
        cut_off_in_time(watcher, ran_out)
        wait_until_settled(ran_out)
        everything_holds(ran_out, [still_runs])


def test_gone_and_back_with_nothing(site_on_valkey, valkey):
    *ran_out, still_runs = running(6)
    site_on_valkey.start("web", "worker", "beat")
    let_run_out(ran_out, first_s=3, every_s=1)
    with open_pages(site_on_valkey.url, [*ran_out, still_runs]), watched() as watcher:
        wait_until_over(watcher, ran_out[:1])
        valkey.kill()
        wait_until_over(watcher, ran_out[:4])
        valkey.start()
        wait_until_over(watcher, ran_out)
        cut_off_in_time(watcher, ran_out)
        wait_until_settled(ran_out)
        everything_holds(ran_out, [still_runs])


def test_without_it_nothing_new_is_known_of_who_is_here(site_on_valkey, valkey):
    """Its loss is longer than the grace: nobody is sent away for what is not known."""
    (still_runs,) = running(1)
    site_on_valkey.start("web", "worker", "beat")
    with open_pages(site_on_valkey.url, [still_runs]):
        valkey.kill()
        time.sleep(33)
        valkey.start()
        time.sleep(4)
        everything_holds([], [still_runs])
