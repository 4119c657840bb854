"""Shared by all tests: the database, a Redis of one's own for each worker, and the people of tests/cast.py."""

import gc
import os

import pytest
import redis
from django.conf import settings
from django.utils import translation

from common import presence
from tests.emptying import empty_quickly
from tests.second_step import staff_shows_it
from tests.updates import refuse_stale_updates

pytest_plugins = ["tests.cast", "tests.presence", "tests.stand_in"]


def pytest_configure(config: pytest.Config) -> None:
    """Each worker empties and fills its own Redis database."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    number = 1 + int(worker.removeprefix("gw"))
    url = f"{settings.REDIS_URL.rpartition('/')[0]}/{number}"
    settings.REDIS_URL = settings.CELERY_BROKER_URL = url
    settings.CACHES["default"]["LOCATION"] = url
    settings.DATABASES["default"]["TEST"]["TEMPLATE"] = os.environ.get("TEST_TEMPLATE")
    # Nothing is kept from one story to the next.
    settings.SHELF_COUNTS_REST = 0
    # The people of a story are made anew for each: a password hash that is slow by design would be most of the time.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


empty_quickly()
refuse_stale_updates()
staff_shows_it()


def pytest_collection_finish() -> None:
    """What was imported lives to the end: looking through it again and again for garbage was a twelfth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


@pytest.fixture(autouse=True)
def nobody_was_here_before() -> None:
    """What is known of presence begins with each story, so nobody is away in it who never had a page open."""
    marks = [f"presence:{mark}" for mark in ("since", "look", "looked", "asked", "owed", "later")]
    redis.Redis.from_url(settings.REDIS_URL).delete("presence", *marks)
    # A story in which Redis could not be reached is over: left open, the next one would know of nobody before itself.
    presence._hole.closed()


@pytest.fixture(autouse=True)
def nobody_has_spoken_yet() -> None:
    """The language of a request outlives it (Django's LocaleMiddleware): a story would be told in the last one's."""
    translation.deactivate()
