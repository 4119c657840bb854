"""The stand-in's own time: the machine's, plus an offset that the control API moves."""

import time


class Clock:
    def __init__(self, offset: float = 0.0):
        self.offset = offset

    def time(self) -> float:
        """Seconds since the epoch, with fractions. Signatures carry the machine's time instead: receivers check it."""
        return time.time() + self.offset
