import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import uuid4

import pytest
import stripe
from django.dispatch import Signal
from stripe import RequestsClient

from payments import services, signals, tasks
from payments.gateway import provider
from payments.models import Dispute, Payment
from payments.services.books import check_books
from payments.services.reconciling import comparing


@pytest.fixture
def no_rest(monkeypatch) -> None:
    """What moved a moment ago is looked at like what moved long ago."""
    monkeypatch.setattr(comparing, "QUIET", timedelta(seconds=-5))


@pytest.fixture(autouse=True)
def books_balance(request) -> Iterator[None]:
    """After each test that spoke to the stand-in all that our books say is so, to the fen, and Stripe holds as much;
    what nobody has heard of yet is asked about before.

    Those that leave them otherwise on purpose are marked `books_differ`, with the reason.
    """
    if "stand_in" not in request.fixturenames or request.node.get_closest_marker("books_differ"):
        yield
        return
    request.getfixturevalue("db")
    stand_in = request.getfixturevalue("stand_in")
    yield
    stand_in.recover()
    for payment in Payment.objects.payable():
        services.sync_payment(payment=payment)
    for dispute in Dispute.objects.filter(outcome="open"):
        services.sync_dispute(dispute=dispute)
    assert check_books() == []


@pytest.fixture
def payment(client_user) -> Payment:
    return services.open_payment(payer=client_user, ref=uuid4(), amount=1000, description="我在 · 姗姗 · 30 分钟")


@pytest.fixture
def settled() -> Iterator[list[int]]:
    """The payments that receivers were told are paid, each time they were."""
    yield from _told(signals.payment_settled)


@pytest.fixture
def changed() -> Iterator[list[int]]:
    """Likewise of those that were declined or came to nothing."""
    yield from _told(signals.payment_changed)


def _told(signal: Signal) -> Iterator[list[int]]:
    told: list[int] = []

    def hear(payment: Payment, **_: object) -> None:
        told.append(payment.pk)

    signal.connect(hear)
    yield told
    signal.disconnect(hear)


@pytest.fixture
def at_once(monkeypatch) -> None:
    """The rounds pick up what is new, too."""
    monkeypatch.setattr(tasks, "SETTLING_TIME", timedelta(0))


@pytest.fixture
def stripe_saying(settings, monkeypatch) -> Callable[[int, dict], AbstractContextManager]:
    """`with stripe_saying(400, {...})`: every request gets this answer, for what the stand-in never says."""

    @contextmanager
    def saying(status: int, body: dict) -> Iterator[None]:
        server = HTTPServer(("127.0.0.1", 0), _saying(status, json.dumps(body).encode()))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        # What is said here is not Stripe's, so nobody holds it to what Stripe says.
        monkeypatch.setattr(stripe, "RequestsClient", RequestsClient)
        before, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, f"http://127.0.0.1:{server.server_port}"
        provider.cache_clear()
        try:
            yield
        finally:
            settings.STRIPE_API_BASE = before
            provider.cache_clear()
            server.shutdown()
            server.server_close()

    return saying


def _saying(status: int, body: bytes) -> type[BaseHTTPRequestHandler]:
    class OneAnswer(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer

        def log_message(self, *_: object) -> None:
            """Nothing to tell."""

    return OneAnswer
