"""What has to be written to one socket: in order and bounded, so that nobody waits for a page that does not read."""

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from chat.live.wire import Parcel

MOST_FRAMES = 256
MOST_BYTES = 2**20


class Socket(Protocol):
    """What is needed of chat/live/server.py."""

    @property
    def is_writable(self) -> bool: ...

    def write(self, text: bytes) -> None: ...

    def close(self, code: int) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Outbox:
    """`too_slow()` is called when what cannot be lost does not fit any more."""

    __slots__ = ("_bytes", "_queue", "_socket", "_too_slow", "written_at")

    def __init__(self, socket: Socket, too_slow: Callable[[], None]) -> None:
        self._socket, self._too_slow = socket, too_slow
        # None for a page that reads, as almost all do.
        self._queue: deque[Parcel] | None = None
        self._bytes = 0
        self.written_at = time.monotonic()

    def put(self, parcel: Parcel) -> None:
        if self._queue is None and self._socket.is_writable:
            self._write(parcel)
        else:
            self._keep(parcel)

    def drain(self) -> None:
        """The socket takes more again."""
        while self._queue and self._socket.is_writable:
            parcel = self._queue.popleft()
            self._bytes -= len(parcel.data)
            self._write(parcel)
        self._queue = self._queue or None

    def stop(self) -> None:
        self._queue = None

    def _write(self, parcel: Parcel) -> None:
        self.written_at = time.monotonic()
        self._socket.write(parcel.data)

    def _keep(self, parcel: Parcel) -> None:
        self._queue = self._queue or deque()
        self._queue.append(parcel)
        self._bytes += len(parcel.data)
        if self._is_over():
            self._lose()

    def _is_over(self) -> bool:
        return len(self._queue) > MOST_FRAMES or self._bytes > MOST_BYTES

    def _lose(self) -> None:
        self._queue = deque(parcel for parcel in self._queue if not parcel.losable)
        self._bytes = sum(len(parcel.data) for parcel in self._queue)
        if self._is_over():
            self._too_slow()
