"""The stand-in as a process of this worker, empty before each test; every answer it gives is held to the SDK."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import sync_playwright

from devstack import browser
from tests.stripe_sandbox.receiver import Receiver
from tests.stripe_sandbox.world import Process, World


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory) -> Iterator[Process]:
    process = Process(tmp_path_factory.mktemp("stripe") / "sandbox.sqlite3", "--settle-seconds", "60")
    yield process
    process.stop()


@pytest.fixture
def world(sandbox_process) -> Iterator[World]:
    world = World(sandbox_process.url)
    world.control("reset")
    yield world
    assert world.http.problems == []


@pytest.fixture
def receiver(world) -> Iterator[Receiver]:
    """An endpoint that listens for everything."""
    receiver = Receiver()
    endpoint = world.stripe.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
    receiver.secret = endpoint.secret
    yield receiver
    receiver.close()
    receiver.check()


@pytest.fixture
def connect_receiver(world) -> Iterator[Receiver]:
    """An endpoint that listens for everything of connected accounts."""
    receiver = Receiver()
    asked = {"url": receiver.url, "enabled_events": ["*"], "connect": True}
    receiver.secret = world.stripe.v1.webhook_endpoints.create(asked).secret
    yield receiver
    receiver.close()
    receiver.check()


@pytest.fixture
def chromium():
    path = browser.find()
    assert path, browser.NONE
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()
