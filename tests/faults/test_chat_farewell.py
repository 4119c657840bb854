"""Who is suspended or signs out is cut off: at once by a word over Redis, and within five seconds when it is lost."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import pytest
from django.conf import settings
from django.test import Client
from websockets import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from accounts.models import User
from chat.demo.companion import session_of
from tests.cast import a_user
from tests.faults.site import Site
from tests.faults.talks import with_two_webs

AT_ONCE_S, WITHOUT_REDIS_S = 1, 5
SUSPENDED = 4503
# By the word; without it the page is sent to the door, which tells it.
SIGNED_OUT, ASK_AGAIN = 4501, 4401


@contextmanager
def pages(urls: Sequence[str], session_key: str) -> Iterator[list[ClientConnection]]:
    """One at each process."""
    with ExitStack() as opened:
        yield [opened.enter_context(a_page(url, session_key)) for url in urls]


@contextmanager
def a_page(url: str, session_key: str) -> Iterator[ClientConnection]:
    headers = {"Cookie": f"sessionid={session_key}"}
    with connect(url.replace("http", "ws", 1) + "/ws/", origin=url, additional_headers=headers) as page:
        page.send(json.dumps({"t": "hello", "v": 1, "resume": []}))
        assert json.loads(page.recv(timeout=10))["t"] == "welcome"
        yield page


def closed(page: ClientConnection, by: float) -> int:
    """The code, if it comes by then."""
    try:
        while True:
            page.recv(timeout=by - time.monotonic())
    except ConnectionClosed as end:
        return end.rcvd.code


def is_open(page: ClientConnection) -> bool:
    page.send(json.dumps({"t": "ping"}))
    return json.loads(page.recv(timeout=5))["t"] == "pong"


def suspend(user: User) -> None:
    user.is_active = False
    user.save(update_fields=["is_active"])


def sign_out(session_key: str) -> None:
    browser = Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = session_key
    browser.logout()


def they_are_cut_off(
    urls: Sequence[str], *, within_s: float, signed_out: int, first: Callable[[], None] = lambda: None
) -> None:
    """`first` happens when their pages are open."""
    suspended, leaves, stays = (a_user(name) for name in ("suspended", "leaves", "stays"))
    key = session_of(leaves)
    with pages(urls, session_of(suspended)) as his, pages(urls, key) as hers, pages(urls, session_of(stays)) as others:
        first()
        by = time.monotonic() + within_s
        suspend(suspended)
        sign_out(key)
        assert {closed(page, by) for page in his} == {SUSPENDED}
        assert {closed(page, by) for page in hers} == {signed_out}
        assert all(is_open(page) for page in others)


def test_at_once_with_redis(site, tmp_path):
    they_are_cut_off(with_two_webs(site, tmp_path), within_s=AT_ONCE_S, signed_out=SIGNED_OUT)


def test_within_five_seconds_without(site_on_valkey, valkey, tmp_path):
    urls = with_two_webs(site_on_valkey, tmp_path)
    they_are_cut_off(urls, within_s=WITHOUT_REDIS_S, signed_out=ASK_AGAIN, first=valkey.kill)


def test_within_five_seconds_when_the_word_is_lost(site_on_valkey, tmp_path):
    """It is said on another Redis than the one they listen to."""
    urls = with_two_webs(site_on_valkey, tmp_path)
    they_are_cut_off(urls, within_s=WITHOUT_REDIS_S, signed_out=ASK_AGAIN)


def test_control_a_process_that_does_not_look_keeps_them(site: Site):
    site.start("web")
    user = a_user("suspended")
    with a_page(site.url, session_of(user)) as page:
        site.stand_still("web")
        suspend(user)
        with pytest.raises(TimeoutError):
            closed(page, time.monotonic() + AT_ONCE_S)
        site.go_on("web")
        assert closed(page, time.monotonic() + WITHOUT_REDIS_S) == SUSPENDED
