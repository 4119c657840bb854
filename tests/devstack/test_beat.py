"""What beat sends is heard by every worker, whatever its own clock says."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from celery.beat import ScheduleEntry, Scheduler
from celery.signals import before_task_publish
from kombu import Connection

from marketplace.celery import app

SCHEDULED = app.conf.beat_schedule


@pytest.fixture
def sent() -> Iterator[list[dict]]:
    """The headers of each message that goes out."""
    messages: list[dict] = []

    def keep(headers: dict, **_) -> None:
        messages.append(headers)

    before_task_publish.connect(keep)
    yield messages
    before_task_publish.disconnect(keep)


def ring(*names: str, **options: int) -> None:
    """As beat does it."""
    scheduler = Scheduler(app, lazy=True)
    with Connection("memory://") as broker, broker.Producer() as producer:
        for name in names:
            entry = ScheduleEntry(name, schedule=timedelta(seconds=1), app=app, task=SCHEDULED[name]["task"])
            entry.options = {**SCHEDULED[name].get("options", {}), **options}
            scheduler.apply_async(entry, producer=producer)


def test_no_message_carries_a_moment_of_beats_clock(sent):
    ring(*SCHEDULED)
    assert {message["task"] for message in sent} == {entry["task"] for entry in SCHEDULED.values()}
    assert {message[name] for message in sent for name in ("expires", "eta")} == {None}


def test_control_what_expires_would_carry_one(sent):
    ring("sweep", expires=2)
    assert sent[0]["expires"] is not None
