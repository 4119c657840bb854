"""PostgreSQL is stopped as by `pg_ctl stop -m immediate` while sessions run: what was not committed did not happen."""

import time
from contextlib import contextmanager

import psycopg2
from django.db import connection

from payments.models import Account
from tests.faults.sessions import (
    cut_off_in_time,
    everything_holds,
    let_run_out,
    open_pages,
    reconnected,
    running,
    wait_until_over,
    wait_until_settled,
    watched,
)
from tests.waiting import until

METER_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%bookings_meter%'"


def test_gone_and_back_in_the_middle(site_on_postgres, postgres):
    site = site_on_postgres
    *ran_out, still_runs = running(7)
    site.start("web", "worker", "beat")
    let_run_out(ran_out, first_s=3, every_s=1)
    with open_pages(site.url, [*ran_out, still_runs]), watched() as watcher:
        wait_until_over(watcher, ran_out[:1])
        postgres.kill()
        time.sleep(2.5)
        postgres.start()
        reconnected()
        wait_until_over(watcher, ran_out)
        cut_off_in_time(watcher, ran_out)
        assert watcher.silent
    wait_until_settled(ran_out)
    everything_holds(ran_out, [still_runs])


def test_stopped_within_a_batch(site_on_postgres, postgres):
    """The meter has locked its rows and posts when the server goes."""
    ran_out = running(8)
    let_run_out(ran_out, first_s=0, every_s=0)
    with watched() as watcher:
        with _held(Account.objects.get(kind="earned", owner=str(ran_out[4].pk))):
            site_on_postgres.start("worker", "beat")
            until(_the_meter_waits, seconds=30, what="the meter within its batch")
            assert watcher.over_ms == {}
            postgres.kill()
        postgres.start()
        reconnected()
        wait_until_over(watcher, ran_out)
        cut_off_in_time(watcher, ran_out)
    wait_until_settled(ran_out)
    everything_holds(ran_out)


@contextmanager
def _held(account):
    """Somebody else is about to write it."""
    there = connection.settings_dict
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    other = psycopg2.connect(**{name: there[key] for name, key in names.items()})
    with other.cursor() as cursor:
        cursor.execute("SELECT 1 FROM payments_account WHERE id = %s FOR UPDATE", [account.pk])
    yield
    other.close()


def _the_meter_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(METER_WAITS)
        return bool(cursor.fetchone()[0])
