"""Letters leave through a provider's API as they do through a mail server; a key is made by one command."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from accounts.models import Letter
from accounts.services import send_letter, write_letter
from notices import gateway

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailgun(settings) -> Iterator[SimpleNamespace]:
    """A provider on this machine: what it got, and the status it answers."""
    provider = SimpleNamespace(got=[], says=200)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            provider.got.append((self.path, body))
            answer = json.dumps({"id": "<1@x>", "message": "Queued. Thank you."}).encode()
            self.send_response(provider.says)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    settings.ANYMAIL = {
        "MAILGUN_API_KEY": "key",
        "MAILGUN_SENDER_DOMAIN": "wozai.example",
        "MAILGUN_API_URL": f"http://127.0.0.1:{server.server_port}/v3",
    }
    yield provider
    server.shutdown()
    server.server_close()


def test_a_letter_leaves_by_it(mailgun, client_user):
    letter = write_letter(to=client_user, key="k", subject="有新的订单", body="b")
    send_letter(letter_id=letter.pk)
    [(path, body)] = mailgun.got
    assert path == "/v3/wozai.example/messages"
    assert client_user.email.replace("@", "%40") in body
    assert Letter.objects.get().sent_at


def test_what_it_refuses_is_tried_again_and_names_no_address_in_the_log(mailgun, client_user, caplog):
    mailgun.says = 500
    letter = write_letter(to=client_user, key="k", subject="s", body="b")
    send_letter(letter_id=letter.pk)
    letter.refresh_from_db()
    assert (letter.sent_at, letter.attempts) == (None, 1)
    assert "letter not sent: k" in caplog.text and client_user.email not in caplog.text


def test_a_key_that_was_made_is_one_that_can_be_used(settings):
    told = StringIO()
    call_command("make_vapid_keys", stdout=told, stderr=StringIO())
    settings.VAPID_PRIVATE_KEY = told.getvalue().strip().removeprefix("VAPID_PRIVATE_KEY=")
    assert len(gateway.public_key()) == 87
