"""/healthz and /readyz against servers that are really there, or really not."""

import subprocess
import sys

import pytest
import redis
from django.conf import settings
from django.test import Client, override_settings

from bookings import services
from bookings.tasks import sweep
from devstack.places import CHECKOUT
from devstack.ports import free_port
from marketplace import pulse
from marketplace.tasks import heartbeat

ALL_WELL = {"database": "ok", "redis": "ok", "worker": "ok"}


@pytest.fixture
def no_sign_of_life():
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete(pulse.KEY, pulse.SWEPT)
        yield client
        client.delete(pulse.KEY, pulse.SWEPT)


def test_the_process_answers_whatever_else_is_broken(client: Client):
    with override_settings(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0"):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.django_db
def test_ready_once_a_worker_gave_a_sign_of_life(client: Client, no_sign_of_life: redis.Redis):
    before = client.get("/readyz")
    assert before.status_code == 503
    assert before.json() == ALL_WELL | {"worker": "no sign of life for 30 s"}
    heartbeat()
    sweep.apply()
    after = client.get("/readyz")
    assert (after.status_code, after.json()) == (200, ALL_WELL)
    assert 0 < no_sign_of_life.ttl(pulse.KEY) <= pulse.FRESH_S


@pytest.mark.django_db
@pytest.mark.usefixtures("no_sign_of_life")
def test_not_ready_while_a_worker_lives_but_no_sweep_comes_to_its_end(client: Client, monkeypatch):
    def fails() -> None:
        raise OSError

    monkeypatch.setattr(services, "tick", fails)
    heartbeat()
    sweep.apply()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == ALL_WELL | {"worker": "no sweep came to its end for 30 s"}


@pytest.mark.django_db
def test_without_redis_it_says_so_and_gives_no_address_away(client: Client):
    with override_settings(REDIS_URL=f"redis://:sesame@127.0.0.1:{free_port()}/0"):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["redis"] == "unreachable (ConnectionError)"
    assert b"sesame" not in answer.content and b"127.0.0.1" not in answer.content


def test_a_worker_knows_every_task_that_beat_rings_for():
    """Asked in a process of its own, as here an import by some test would do what a worker may not."""
    ask = "from marketplace.celery import app; app.loader.import_default_modules(); print(*app.tasks)"
    done = subprocess.run([sys.executable, "-c", ask], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    rung = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert rung <= set(done.stdout.split())
