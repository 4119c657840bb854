"""An appointment in person in plain Python, from the acceptance to the money, as a person would write it down: a visit
with its overtime, or a meal by the hour.

Milliseconds and fen. It knows nothing of ticks or rows: each thing that happens first lets the time that has passed
happen.
"""

from dataclasses import dataclass, field

MINUTE = 60_000
HOUR = 60 * MINUTE
EARLY = HOUR
LATE = 15 * MINUTE
LAST_DAY = 24 * HOUR
BELIEVED = 2 * HOUR


@dataclass
class Visit:
    """`overtime`: fen for each half hour begun after what is included. A meal has none: `price` is for its hour."""

    starts: int
    price: int
    included: int
    overtime: int | None
    granted: int
    paid: int
    lag: int
    state: str = "accepted"
    client_came: int | None = None
    companion_came: int | None = None
    shown: dict[str, int] = field(default_factory=dict)
    since: int | None = None
    ended: int | None = None
    settles: int | None = None
    kept: int = 0
    sent_back: int = 0
    waits: str | None = None

    def cost(self, minutes: int) -> int:
        if self.overtime is None:
            return self.price * minutes // 60
        if minutes == 0:
            return 0
        halves = 0
        while self.included + halves * 30 < minutes:
            halves += 1
        return self.price + halves * self.overtime

    def bill(self, now: int) -> int:
        """Of the time together so far; a visit counts from its first millisecond, a meal's minute when full."""
        if self.since is None:
            return self.kept
        lived = (self.ended if self.ended is not None else min(now, self.deadline)) - self.since
        if self.overtime is None:
            return self.cost(lived // MINUTE)
        return self.cost(min(lived // MINUTE + 1, self.granted // MINUTE))

    @property
    def deadline(self) -> int:
        return self.since + self.granted

    @property
    def back(self) -> int:
        """Fen on their way back by now."""
        over = self.state in ("settled", "cancelled", "no_show")
        return self.paid - self.bill(self.ended or 0) if over else self.sent_back

    def advance(self, now: int) -> None:
        if self.state == "accepted" and self.starts + LATE <= now:
            self._missed()
        if self.state == "live" and self.deadline <= now:
            self._stop("exhausted", self.deadline, self.deadline + self.lag)
        if self.state in ("ended", "exhausted") and self.settles <= now:
            self.state, self.waits = "settled", None

    def comes(self, now: int, by_client: bool) -> str | None:
        self.advance(now)
        if (self.client_came if by_client else self.companion_came) is not None:
            return None
        if self.state != "accepted":
            return "NotPossibleNow"
        if now < self.starts - EARLY:
            return "TooEarly"
        if by_client:
            self.client_came = now
        else:
            self.companion_came = now
        return None

    def start(self, now: int, age: int) -> str | None:
        """Her phone says how old the code is; never before he owes to be there, or she said that she is."""
        self.advance(now)
        if self.state == "no_show":
            shown = "MissedMeanwhile" if "start" in self.shown else "MissedAndWrong"
            return shown if age else "NotPossibleNow"
        if self.since is not None:
            return None
        if self.state != "accepted":
            return "NotPossibleNow"
        if now < self.starts - EARLY:
            return "TooEarly"
        typed = max(now - min(age, BELIEVED), self.shown["start"], self.starts, self.companion_came or 0)
        self.state, self.since = "live", min(now, typed)
        self.advance(now)
        return None

    def end_by_code(self, now: int, age: int) -> str | None:
        self.advance(now)
        if self.ended is None and self.state != "live":
            return "NotPossibleNow"
        if self.ended is None:
            typed = max(now - min(age, BELIEVED), self.shown["end"], self.since)
            self._stop("ended", min(now, typed), now + self.lag)
        return None

    def end_by_client(self, now: int) -> str | None:
        self.advance(now)
        if self.ended is None and self.state != "live":
            return "NotPossibleNow"
        if self.ended is None:
            self._stop("ended", now, now + self.lag)
        return None

    def cancel(self, now: int, by_client: bool) -> str | None:
        self.advance(now)
        if self.state == "cancelled":
            return None
        if self.state != "accepted":
            return "NotPossibleNow"
        if by_client:
            waited_for = now >= self.starts and self.companion_came is not None and self.client_came is None
            percent = 50 if waited_for else 100 if now <= self.starts - LAST_DAY else 80
            self.kept = self.paid * (100 - percent) // 100
        self.state = "cancelled"
        return None

    def asks_for_more(self, now: int) -> str | None:
        """The companion of a visit, while nobody is about to pay."""
        self.advance(now)
        if self.state != "live" or self.overtime is None or self.waits == "open":
            return "NotPossibleNow"
        self.waits = "asked"
        return None

    def wants_more(self, now: int) -> str | None:
        self.advance(now)
        if self.state != "live":
            return "NotPossibleNow"
        self.waits = "open"
        return None

    def price_of_more(self, minutes: int) -> int:
        before = self.granted // MINUTE
        return self.cost(before + minutes) - self.cost(before)

    def drops(self, now: int) -> None:
        self.advance(now)
        self.waits = None

    def pays(self, now: int, minutes: int, fen: int, waits: bool) -> bool:
        """True when it is time; else it came too late, or for what does not wait any more, and goes straight back."""
        self.advance(now)
        self.paid += fen
        if waits:
            self.waits = None
        if waits and self.state == "live":
            self.granted += minutes * MINUTE
            return True
        self.sent_back += fen
        return False

    def _missed(self) -> None:
        if self.companion_came is not None and self.client_came is None:
            self.kept = self.paid * 50 // 100
        self.state = "no_show"

    def _stop(self, state: str, at: int, settles: int) -> None:
        self.state, self.ended, self.settles = state, at, settles
