"""A webhook endpoint of the tests: a real HTTP server that writes down what comes and answers as told."""

import json
import threading
import time
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import stripe

from tests.stripe_sandbox.contract import answer_problems
from tests.waiting import until


@dataclass(frozen=True)
class Letter:
    body: bytes
    signature: str
    at: float

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)


class Receiver:
    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.answers: deque[int] = deque()
        self.secret = ""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/stripe/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(receiver) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    # Whoever sent it was killed in the middle.
                    return
                status = receiver.answers.popleft() if receiver.answers else 200
                receiver.letters.append(Letter(body, self.headers["Stripe-Signature"], time.monotonic()))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        return Handler

    def types(self) -> list[str]:
        return [letter.event["type"] for letter in self.letters]

    def wait_for(self, event_type: str, *, times: int = 1) -> dict[str, Any]:
        """The last of them, once that many have come."""
        until(lambda: self.types().count(event_type) >= times, what=f"{times} × {event_type}")
        return [letter.event for letter in self.letters if letter.event["type"] == event_type][-1]

    def check(self) -> None:
        """Each letter is signed with the endpoint's secret and says only what the SDK declares."""
        for letter in list(self.letters):
            event = stripe.Webhook.construct_event(letter.body, letter.signature, self.secret, api_key="sk_test_x")
            assert answer_problems(letter.event) == []
            assert answer_problems(event.to_dict()["data"]["object"], f"{event.type}: ") == []

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
