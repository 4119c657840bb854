"""What a client may say, and how it is read. docs/protocol.md is the same in words."""

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

FRAME_LIMIT_BYTES = 16 * 1024
TEXT_LIMIT = 4000
SYNC_LIMIT = 200
RESUME_LIMIT = 200
PROTOCOL_VERSION = 1
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# A quotation mark inside a text is escaped, so this finds a key and no text.
CMID = re.compile(r'"cmid"\s*:\s*"([0-9A-Fa-f-]{32,36})"')


class FrameError(Exception):
    """The frame cannot be understood; `code` goes back to the client, `ref` is its cmid when it has one."""

    def __init__(self, code: str, ref: str | None = None) -> None:
        super().__init__(code)
        self.code, self.ref = code, ref


class NotAFrame(Exception):
    """Whoever says this speaks another protocol."""


@dataclass(slots=True)
class Hello:
    """`resume`: by conversation, the last seq the page has."""

    resume: dict[int, int]


@dataclass(slots=True)
class Send:
    """A text has a body, a picture an attachment that was uploaded before."""

    cmid: UUID
    conv: int
    body: str | None
    kind: str = "text"
    attachment: UUID | None = None


@dataclass(slots=True)
class Seen:
    """The page has everything up to `seq`; with `read` its user has it before his eyes."""

    conv: int
    seq: int
    read: bool


@dataclass(slots=True)
class Typing:
    conv: int


@dataclass(slots=True)
class Sync:
    conv: int
    after: int
    limit: int


@dataclass(slots=True)
class Ping:
    pass


Frame = Hello | Send | Seen | Typing | Sync | Ping


def ref_of(message: str | bytes) -> str | None:
    """The cmid of a frame that is not read otherwise."""
    found = CMID.search(message) if isinstance(message, str) else None
    return found[1] if found else None


def is_too_big(message: str | bytes) -> bool:
    if isinstance(message, str) and len(message) > FRAME_LIMIT_BYTES // 4:
        message = message.encode(errors="replace")
    return len(message) > FRAME_LIMIT_BYTES


def read_frame(message: str | bytes) -> Frame:
    """The frame in a text message. Raises NotAFrame, and FrameError: bad_frame, unknown_type, bad_text, bad_version."""
    raw = _json(message) if isinstance(message, str) else None
    if not isinstance(raw, dict):
        raise NotAFrame
    reader = READERS.get(raw.get("t")) if isinstance(raw.get("t"), str) else None
    if reader is None:
        raise FrameError("unknown_type")
    return reader(raw)


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return _json_of_a_browser(text)


def _json_of_a_browser(text: str) -> Any:
    """Half a surrogate pair, which a browser lets its user type and send, is a bad text and no end of the talk."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _hello(raw: dict[str, Any]) -> Hello:
    if raw.get("v") != PROTOCOL_VERSION:
        raise FrameError("bad_version")
    resume = raw.get("resume", [])
    if not isinstance(resume, list) or len(resume) > RESUME_LIMIT or not all(isinstance(r, dict) for r in resume):
        raise FrameError("bad_frame")
    return Hello({_whole(r.get("conv")): _whole(r.get("last_seq")) for r in resume})


def _send(raw: dict[str, Any]) -> Send:
    ref = raw.get("cmid")
    cmid, conv = _uuid(ref), _whole(raw.get("conv"), ref if isinstance(ref, str) else None)
    match raw.get("kind", "text"):
        case "text":
            return Send(cmid, conv, _text(raw.get("body"), ref))
        case "image":
            return Send(cmid, conv, None, "image", _uuid(raw.get("attachment"), ref))
        case _:
            raise FrameError("unknown_kind", ref)


def _text(body: Any, ref: str) -> str:
    if not isinstance(body, str) or len(body) > TEXT_LIMIT or not _is_storable(body) or not _is_visible(body):
        raise FrameError("bad_text", ref)
    return body


def _recv(raw: dict[str, Any]) -> Seen:
    return Seen(_whole(raw.get("conv")), _whole(raw.get("seq")), read=False)


def _read(raw: dict[str, Any]) -> Seen:
    return Seen(_whole(raw.get("conv")), _whole(raw.get("seq")), read=True)


def _typing(raw: dict[str, Any]) -> Typing:
    return Typing(_whole(raw.get("conv")))


def _sync(raw: dict[str, Any]) -> Sync:
    limit = _whole(raw.get("limit", SYNC_LIMIT))
    return Sync(_whole(raw.get("conv")), _whole(raw.get("after", 0)), min(max(limit, 1), SYNC_LIMIT))


def _ping(raw: dict[str, Any]) -> Ping:
    return Ping()


def _uuid(value: Any, ref: str | None = None) -> UUID:
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise FrameError("bad_frame", ref) from error


def _whole(value: Any, ref: str | None = None) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise FrameError("bad_frame", ref)
    return value


def _is_visible(text: str) -> bool:
    """Spaces, joiners and marks of direction alone would be an empty line on the page."""
    return any(unicodedata.category(char)[0] not in "ZC" for char in text)


def _is_storable(text: str) -> bool:
    """PostgreSQL takes neither NUL nor half a surrogate pair."""
    return UNSTORABLE.search(text) is None


READERS: dict[str, Callable[[dict[str, Any]], Frame]] = {
    "hello": _hello,
    "send": _send,
    "recv": _recv,
    "read": _read,
    "typing": _typing,
    "sync": _sync,
    "ping": _ping,
}
