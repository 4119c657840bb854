"""The whole product as processes of its own, and people who use it through a browser on a phone."""

from asyncio import wait_for
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import redis
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from accounts.models import User
from bookings import services
from bookings.models import Booking
from chat.models import Conversation
from devstack import browser as installed
from devstack import ports
from devstack import stripe as stand_in_process
from payments.gateway import provider
from tests.browser.steps import sign_in
from tests.orders import live
from tests.server import running, webs
from tests.stand_in import StandIn

PHONE = {"width": 390, "height": 844}
# The bill is the same with any lag; a short one keeps a story about minutes from waiting for them twice.
SHORT_LAG = {"POSTING_LAG_MS": "2000"}
# Six processes and two phones share two cores.
PATIENCE_MS = 20_000
CLOSING_S = 10
CELERY = ["celery", "-A", "marketplace", "--quiet"]
LONGEST = {Path(__file__).with_name(name) for name in ("test_pages.py", "test_main_job.py")}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes a minute begins first, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.path not in LONGEST)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    path = installed.find()
    assert path, installed.NONE
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        close(browser)


def close(opened: Browser | BrowserContext) -> None:
    """Playwright waits without a limit for Chromium to close it, and where a window was closed in the middle of a
    redirect Chromium never answers. The story is over; what stays open ends with the browser's process."""
    with suppress(TimeoutError):
        opened._sync(wait_for(opened._impl_obj.close(reason=None), CLOSING_S))


@pytest.fixture(scope="session")
def web_port() -> int:
    return ports.free_port()


@pytest.fixture(scope="session")
def stripe_url(web_port, tmp_path_factory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("stripe")
    secret = stand_in_process.DEVELOPMENT_SECRET
    with stand_in_process.stand_in(home, web_port=web_port, webhook_secret=secret) as url:
        yield url


@pytest.fixture
def stand_in(stripe_url, settings) -> Iterator[StandIn]:
    settings.STRIPE_API_BASE = stripe_url
    provider.cache_clear()
    stand_in = StandIn(stripe_url)
    stand_in.control("reset")
    yield stand_in
    provider.cache_clear()


@pytest.fixture(scope="session")
def crew(django_db_setup, django_db_blocker, stripe_url, tmp_path_factory) -> Iterator[None]:
    """Worker and beat. They outlive a story: what they know is in the database, and nothing of it is theirs to keep."""
    worker = [*CELERY, "worker", "-Q", "celery,outside", "--concurrency", "2", "-l", "error"]
    schedule = tmp_path_factory.mktemp("beat") / "schedule"
    beat = [*CELERY, "beat", "-l", "error", "-s", str(schedule), "--pidfile="]
    with ExitStack() as processes:
        with django_db_blocker.unblock():
            for each in (worker, beat):
                processes.enter_context(running(each, STRIPE_API_BASE=stripe_url, **SHORT_LAG))
            connection.close()
        yield


@pytest.fixture(scope="session")
def another_web(django_db_setup, django_db_blocker, stripe_url, web_port) -> Iterator[Callable]:
    secret = stand_in_process.DEVELOPMENT_SECRET
    with django_db_blocker.unblock():
        made = webs(web_port, STRIPE_API_BASE=stripe_url, STRIPE_WEBHOOK_SECRET=secret, **SHORT_LAG)
    with made as another:
        yield another


@pytest.fixture
def site(transactional_db, crew, stand_in, another_web, settings) -> Iterator[str]:
    """The address of the product. The web process, which knows who has a page open, ends before the tables are
    emptied."""
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    settings.POSTING_LAG_MS = int(SHORT_LAG["POSTING_LAG_MS"])
    with another_web() as url:
        yield url


@pytest.fixture
def phone(chromium, site) -> Iterator[Callable[..., Page]]:
    """`phone(user)` is a page on that person's phone; whatever the page logs as an error fails the story."""
    with ExitStack() as open_phones:
        complaints: list[str] = []

        def take(user: User | None = None, **options) -> Page:
            context = chromium.new_context(**{"viewport": PHONE, "locale": "zh-CN", "base_url": site, **options})
            open_phones.callback(close, context)
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            sign_in(page, user, site)
            page.on("pageerror", lambda error: complaints.append(f"{user} at {page.url}: {error.stack or error}"))
            return page

        yield take
        assert complaints == []


@pytest.fixture
def booking(client_user, listing) -> Booking:
    """A talk that runs, and both know it."""
    booking = live(client_user, listing)
    services.announce(only=booking.pk)
    return booking


@pytest.fixture
def talk(booking) -> Conversation:
    return Conversation.objects.select_related("client", "companion").get(booking=booking)
