"""Frames as they go out. Each is encoded once, for all pages that get it and for Redis.

On Redis what a web process says of a message has a line in front of the frame with what other processes need to pass it
on unread; what Django says is the bare frame (chat/services/fanout.py).
"""

import logging
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from chat.sealing import unseal_text
from common.keyring import Unreadable

log = logging.getLogger(__name__)
# The first thing a page can do without when it does not read fast enough.
LOSABLE = {"typing", "presence"}


@dataclass(slots=True)
class Parcel:
    """A frame on its way to pages. `conv` and `seq` place a message; `booking_id` and `stop_ms` say what it does to a
    clock; `frame` is there for those few frames that are looked into."""

    t: str
    data: bytes
    conv: int | None = None
    seq: int = 0
    booking_id: UUID | None = None
    stop_ms: int | None = None
    frame: dict[str, Any] | None = None

    @property
    def losable(self) -> bool:
        return self.t in LOSABLE


def parcel(frame: dict[str, Any]) -> Parcel:
    booking = frame.get("booking")
    seq = frame["seq"] if frame["t"] == "msg" else 0
    if frame["t"] == "booking":
        return Parcel("booking", encode(frame), frame["conv"], 0, UUID(booking["id"]), booking["stop_ms"], frame)
    return Parcel(frame["t"], encode(frame), frame.get("conv"), seq, frame=frame)


def pack(parcel: Parcel, process: str) -> bytes:
    """For other processes, with the name of the one that it comes from and, of a message, its place."""
    if parcel.t != "msg":
        return f"f {process}\n".encode() + parcel.data
    stop = "" if parcel.stop_ms is None else parcel.stop_ms
    return f"m {process} {parcel.conv} {parcel.seq} {parcel.booking_id.hex} {stop}\n".encode() + parcel.data


def unpack(data: bytes, process: str) -> Parcel | None:
    """What was heard on Redis; None for what this very process said, whose pages have it."""
    if data.startswith(b"{"):
        return parcel(orjson.loads(data))
    line, _, frame = data.partition(b"\n")
    kind, origin, *place = line.decode().split(" ")
    if origin == process:
        return None
    return _message(frame, *place) if kind == "m" else parcel(orjson.loads(frame))


def _message(frame: bytes, conv: str, seq: str, booking: str, stop: str) -> Parcel:
    return Parcel("msg", frame, int(conv), int(seq), UUID(booking), int(stop) if stop else None)


def message_frame(conv: int, row: Any) -> dict[str, Any]:
    """Of a row of the log. What cannot be opened says so in place of its words."""
    frame = {
        "t": "msg",
        "conv": conv,
        "seq": row["seq"],
        "from": row["sender_id"],
        "cmid": row["cmid"],
        "kind": row["kind"],
        "body": row["body"] or None,
        "at": row["at_ms"],
    }
    if row["picture"]:
        return frame | {"picture": picture(row["picture"], row)}
    return frame | _opened(conv, row) if row["sealed"] else frame


def picture(attachment_id: UUID, size: Any) -> dict[str, Any]:
    return {"id": attachment_id, "width": size["width"], "height": size["height"]}


def _opened(conv: int, row: Any) -> dict[str, Any]:
    try:
        return {"body": unseal_text(row["sealed"], conv, row["cmid"])}
    except Unreadable as error:
        log.error("message %s of conversation %s cannot be read: %s", row["seq"], conv, error)
        return {"unreadable": True}


def encode(frame: dict[str, Any]) -> bytes:
    """A UUID as text: asyncpg has a class of its own for it."""
    return orjson.dumps(frame, default=str)
