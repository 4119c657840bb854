"""A push service on this machine, and browsers that have their notices sent there: they alone can read them."""

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid

from accounts.models import User
from chat.demo.companion import session_of
from notices import services
from notices.models import Device
from notices.services import Address


def text_of(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Browser:
    """One with a key of its own; `says` is the status that the push service answers for it, `rests` its Retry-After."""

    def __init__(self, service: "PushService", number: int) -> None:
        self.path, self.url, self.says, self.rests = f"/push/{number}", service.url, 201, ""
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self._key, self._secret = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)

    @property
    def address(self) -> Address:
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return Address(self.url + self.path, text_of(point), text_of(self._secret))

    def to_json(self) -> dict[str, Any]:
        """As the browser's own PushSubscription.toJSON()."""
        address = self.address
        keys = {"p256dh": address.p256dh, "auth": address.auth}
        return {"endpoint": address.endpoint, "expirationTime": None, "keys": keys}

    @property
    def shown(self) -> list[dict[str, str]]:
        """What arrived, deciphered with its own key."""
        return [json.loads(self._open(body)) for _, body in self.requests]

    @property
    def signed_for(self) -> list[dict[str, Any]]:
        """The claims of each VAPID signature that holds."""
        headers = [head["authorization"] for head, _ in self.requests]
        assert all(Vapid.verify(head) for head in headers)
        return [claims_of(head) for head in headers]

    def _open(self, body: bytes) -> bytes:
        return http_ece.decrypt(body, private_key=self._key, auth_secret=self._secret, version="aes128gcm")


def claims_of(authorization: str) -> dict[str, Any]:
    claims = authorization.split("t=")[1].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))


class PushService:
    def __init__(self) -> None:
        self.browsers: dict[str, Browser] = {}
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def browser(self) -> Browser:
        made = Browser(self, len(self.browsers))
        return self.browsers.setdefault(made.path, made)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                service.asked.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                browser = service.browsers.get(self.path)
                if browser and browser.says == 201:
                    browser.requests.append(({name.lower(): said for name, said in self.headers.items()}, body))
                self.send_response(browser.says if browser else 404)
                if browser and browser.rests:
                    self.send_header("Retry-After", browser.rests)
                self.send_header("Location", f"{service.url}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        return Handler


@contextmanager
def running_push_service() -> Iterator[PushService]:
    service = PushService()
    yield service
    service.close()


def signed_in(user: User, browser: Browser, cookie: str = "a cookie") -> Device:
    """That browser shows notices to him, who is signed in there."""
    session = session_of(user)
    return services.add_device(by=user, address=browser.address, label="Chrome", session_key=session, cookie=cookie)
