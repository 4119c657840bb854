"""The SDK's HTTP client, with an eye on what passes: each request and each answer is held to what the SDK declares."""

import json
from typing import Any
from urllib.parse import urlsplit

import stripe

from stripe_sandbox.forms import decode
from tests.stripe_sandbox.contract import answer_problems, error_problems, request_problems


class CheckedHTTP(stripe.RequestsClient):
    """`problems` is what was not as declared, `seen` the operations that were used."""

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.problems: list[str] = []
        self.seen: set[tuple[str, str]] = set()

    def request(self, method: str, url: str, headers: Any, post_data: Any = None, **more: Any) -> Any:
        body, status, answer_headers = super().request(method, url, headers, post_data, **more)
        self.check(method.upper(), url, post_data, json.loads(body), status)
        return body, status, answer_headers

    def check(self, method: str, url: str, sent: str | None, answer: dict[str, Any], status: int) -> None:
        parts = urlsplit(url)
        self.seen.add((method, parts.path))
        if status >= 400:
            self.problems += error_problems(answer)
            return
        self.problems += request_problems(method, parts.path, decode(sent or parts.query))
        self.problems += answer_problems(answer, f"{method} {parts.path}: ")
