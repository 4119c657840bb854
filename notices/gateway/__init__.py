"""The browsers' push services: what is sent is encrypted for the one browser (RFC 8291) and signed with a key of our
own (VAPID, RFC 8292). The only module that speaks to them."""

import base64
import logging
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from py_vapid import Vapid
from pywebpush import WebPushException, webpush

log = logging.getLogger(__name__)
# To connect, and to answer, in s.
TIMEOUT = (3.05, 5)
# A host in letters, then ASCII without blanks and backslashes.
ADDRESS = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[::1\])(?::[0-9]+)?/[!-\[\]-~]*")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
LONGEST_REST_MS = 60 * 60_000
KEY_BYTES, ADDRESS_BYTES, SECRET_BYTES = 32, 65, 16


class Outcome(Enum):
    REACHED = "reached"
    GONE = "gone"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """`rest_ms`: so long the push service wants to hear nothing more for this browser."""

    outcome: Outcome
    rest_ms: int = 0


@dataclass(frozen=True, slots=True)
class Address:
    """Where one browser has its notices sent to, and the keys they are encrypted with (URL-safe base64)."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """`text` is JSON for the service worker; undelivered it is kept for `ttl_s`, or until another of its `topic`."""

    text: str
    topic: str
    ttl_s: int


class Straight(requests.Session):
    """Follows no redirect: only the hosts of PUSH_SERVICES are spoken to, whatever they answer."""

    def request(self, *args: Any, **options: Any) -> requests.Response:
        return super().request(*args, **{**options, "allow_redirects": False})


def is_on() -> bool:
    return bool(settings.VAPID_PRIVATE_KEY)


def public_key() -> str:
    """What a browser is told before it subscribes, URL-safe base64; "" without a key of our own."""
    return _public(_vapid(settings.VAPID_PRIVATE_KEY)) if is_on() else ""


def new_keys() -> tuple[str, str]:
    """A private key and its public one, URL-safe base64."""
    made = Vapid()
    made.generate_keys()
    secret = made.private_key.private_numbers().private_value.to_bytes(KEY_BYTES, "big")
    return _text(secret), _public(made)


def is_known(endpoint: str) -> bool:
    """Is it an address of one of PUSH_SERVICES, over TLS? On one's own machine, with DEBUG, without."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    # Whoever connects must read the same host in it: a backslash, for one, ends a host for some.
    if not ADDRESS.fullmatch(endpoint) or not any(_is_below(host, known) for known in settings.PUSH_SERVICES):
        return False
    return (parts.scheme == "https" and port in (None, 443)) or (settings.DEBUG and host in LOOPBACK)


def is_whole(address: Address) -> bool:
    """Can anything be encrypted with its keys?"""
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), _bytes(address.p256dh))
        return (len(_bytes(address.p256dh)), len(_bytes(address.auth))) == (ADDRESS_BYTES, SECRET_BYTES)
    except ValueError:
        return False


def push(address: Address, parcel: Parcel) -> Answer:
    """Hands it to the browser's push service. Whatever goes wrong is an outcome, and is logged without the address,
    with which anybody could send."""
    host = urlsplit(address.endpoint).hostname
    if not is_known(address.endpoint):
        return Answer(Outcome.GONE)
    try:
        _send(address, parcel)
    except WebPushException as error:
        if error.status_code in GONE:
            return Answer(Outcome.GONE)
        log.warning("%s took no notice: %s", host, error.status_code)
        return Answer(Outcome.FAILED, _rest_ms(error.response))
    except (requests.RequestException, ValueError) as error:
        log.warning("%s took no notice: %s", host, type(error).__name__)
        return Answer(Outcome.FAILED)
    return Answer(Outcome.REACHED)


def _rest_ms(response: requests.Response | None) -> int:
    """What Retry-After asks for (RFC 9110, section 10.2.3), seconds or a date, up to LONGEST_REST_MS; else 0."""
    asked = response.headers.get("Retry-After", "") if response is not None and response.status_code in BUSY else ""
    try:
        seconds = int(asked) if asked.isdigit() else (parsedate_to_datetime(asked) - timezone.now()).total_seconds()
    except (ValueError, TypeError):
        return 0
    return int(min(max(0, seconds * 1000), LONGEST_REST_MS))


def _send(address: Address, parcel: Parcel) -> None:
    with Straight() as session:
        webpush(
            {"endpoint": address.endpoint, "keys": {"p256dh": address.p256dh, "auth": address.auth}},
            parcel.text,
            vapid_private_key=_vapid(settings.VAPID_PRIVATE_KEY),
            vapid_claims={"sub": settings.VAPID_SUBJECT},
            ttl=parcel.ttl_s,
            headers={"Urgency": "high", "Topic": parcel.topic},
            timeout=TIMEOUT,
            requests_session=session,
        )


def _is_below(host: str, known: str) -> bool:
    return host.endswith(known) if known.startswith(".") else host == known


@lru_cache(maxsize=4)
def _vapid(secret: str) -> Vapid:
    """Raises ImproperlyConfigured naming the setting."""
    try:
        if len(_bytes(secret)) != KEY_BYTES:
            raise ValueError
        return Vapid.from_raw(secret.encode())
    except ValueError:
        raise ImproperlyConfigured("Set VAPID_PRIVATE_KEY to a key of manage.py make_vapid_keys.") from None


def _public(vapid: Vapid) -> str:
    return _text(vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
