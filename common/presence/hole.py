import math
import time

from django.conf import settings

# Without a word from Redis for so long, what it says afterwards may be too old to tell who is gone.
HOLE_S = 10
# A question without an answer that comes longer after the one before says nothing of the time between them.
APART_S = 30


class Hole:
    """A time in which Redis could not be reached: what it held may be older than it looks, afterwards."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._asked_from = self._asked_to = -math.inf

    def failed(self) -> None:
        now = time.monotonic()
        if self._since is None or now - self._asked_to > APART_S:
            self._asked_from = now
        self._since, self._asked_to = self._since or now, now

    def closed(self) -> None:
        self._since = None

    def is_open(self) -> bool:
        return self._since is not None and time.monotonic() - self._since > HOLE_S

    def is_silent(self) -> bool:
        """From the first question without an answer: nothing is known of the time before, nor since the last one."""
        return self._since is not None and (self._asked_to - self._asked_from) * 1000 > settings.PRESENCE_SILENT_MS
