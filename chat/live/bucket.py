"""How fast somebody may speak."""

import time


class Bucket:
    """A token bucket: `burst` at once, `rate_per_s` in the long run."""

    __slots__ = ("at", "burst", "rate_per_s", "tokens")

    def __init__(self, rate_per_s: float, burst: int) -> None:
        self.rate_per_s, self.burst = rate_per_s, burst
        self.tokens, self.at = float(burst), time.monotonic()

    def wait_s(self) -> float:
        """Takes a token and returns 0, or returns how long until there is one."""
        now = time.monotonic()
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate_per_s)
        self.at = now
        if self.tokens < 1:
            return (1 - self.tokens) / self.rate_per_s
        self.tokens -= 1
        return 0.0
