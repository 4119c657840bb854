"""What a page is told about what it said, and what the others are told."""

import logging
from typing import Any

import asyncpg

from chat.live.lane import Outgoing
from chat.live.log import PASSING, Refused, Written
from chat.live.wire import Parcel, encode

log = logging.getLogger(__name__)
TRY_AGAIN_S = 2


def acknowledgement(outgoing: Outgoing, written: Written) -> dict[str, Any]:
    """With what the message does to the clock, unless it had been there before."""
    send = outgoing.send
    ack = {"t": "ack", "cmid": send.cmid, "conv": send.conv, "seq": written.seq, "at": written.at_ms}
    return {**ack, "dup": written.dup} if written.dup else {**ack, "dup": False, **_clock(written)}


def message(outgoing: Outgoing, written: Written) -> Parcel:
    send = outgoing.send
    frame = {
        "t": "msg",
        "conv": send.conv,
        "seq": written.seq,
        "from": outgoing.page.user_id,
        "cmid": send.cmid,
        "kind": send.kind,
        "body": send.body,
        "at": written.at_ms,
        **_clock(written),
    }
    if outgoing.picture:
        frame["picture"] = outgoing.picture
    return Parcel("msg", encode(frame), send.conv, written.seq, written.booking_id, written.stop_ms)


def refusal(error: Exception, ref: str | None) -> dict[str, Any]:
    """Why it was not written; `try_again` when that is not known or may be mended."""
    if isinstance(error, Refused):
        return refused(error.code, ref)
    if isinstance(error, PASSING):
        log.warning("a message must be sent again: %r", error)
    elif isinstance(error, asyncpg.IntegrityConstraintViolationError):
        # One order that breaks a rule, until people mend it, must not end its two people's other talks.
        log.error("a message waits for an order to be mended", exc_info=error)
    else:
        log.error("a message could not be written", exc_info=error)
    return refused("try_again", ref, retry_after=TRY_AGAIN_S)


def refused(code: str, ref: str | None, retry_after: float | None = None) -> dict[str, Any]:
    return {"t": "error", "ref": ref, "code": code, "retry_after": retry_after}


def _clock(written: Written) -> dict[str, Any]:
    return {"booking": written.booking_id, "stop_ms": written.stop_ms}
