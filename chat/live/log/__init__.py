"""The log of messages on asyncpg. Only a committed message is acknowledged; what people wrote leaves this package open
and is sealed in the database (chat/sealing.py)."""

from chat.live.log.pool import PASSING, POOL, open_pool
from chat.live.log.reading import (
    Standing,
    after,
    booking_frames,
    client_of,
    heads,
    heads_of_all,
    meter_one,
    now_ms,
    peers,
    picture_of,
    standings,
)
from chat.live.log.seen import write_seen
from chat.live.log.writing import Refused, Written, write_many, write_one

__all__ = [
    "PASSING",
    "POOL",
    "Refused",
    "Standing",
    "Written",
    "after",
    "booking_frames",
    "client_of",
    "heads",
    "heads_of_all",
    "meter_one",
    "now_ms",
    "open_pool",
    "peers",
    "picture_of",
    "standings",
    "write_many",
    "write_one",
    "write_seen",
]
