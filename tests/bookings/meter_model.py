"""The meter in plain Python, as a person would write it down: the reference the real one is held against.

Milliseconds and fen. It knows nothing of ticks, rows or timers: each thing that happens first lets the time that has
passed happen.
"""

import copy
from dataclasses import dataclass, field

MINUTE = 60_000
LONGEST = 24 * 60 * MINUTE


@dataclass
class Stretch:
    start: int
    end: int


@dataclass
class Model:
    """An accepted order for now, from the companion's first words on."""

    granted: int
    promise: int
    absence_limit: int
    pause_limit: int
    companion_grace: int
    client_grace: int
    lag: int
    state: str = "accepted"
    reason: str | None = None
    since: int = 0
    asked: int | None = None
    closed_to_her: int = 0
    replies: list[tuple[int, int]] = field(default_factory=list)
    begun_with_him: int = 0
    leaves: int = 0
    paused: int = 0
    ended: int | None = None
    stood: int = 0
    stretches: list[Stretch] = field(default_factory=list)

    @property
    def lived(self) -> int:
        return sum(stretch.end - stretch.start for stretch in self.stretches)

    @property
    def minutes(self) -> int:
        return self.lived // MINUTE

    @property
    def deadline(self) -> int:
        return self.since + self.granted - self.lived

    @property
    def overdue(self) -> int | None:
        """When the clock that runs will have run for as long as was promised since his question, all stretches taken
        together."""
        if self.asked is None:
            return None
        waited = sum(max(0, stretch.end - max(stretch.start, self.asked)) for stretch in self.stretches)
        return max(self.since, max(self.since, self.asked) + self.promise - waited)

    def may_have_more(self, minutes: int) -> bool:
        """Nobody waits for either of the two, so that only the longest order is a bound."""
        return self.state in ("live", "paused") and self.granted + minutes * MINUTE <= LONGEST

    def stage(self, now: int) -> tuple[str, str | None, int | None]:
        """State, why the clock stands and when it ended, once everything until now has happened."""
        then = copy.deepcopy(self)
        then.advance(now)
        is_settled = then.ended is not None and then.ended + self.lag <= now
        return "settled" if is_settled else then.state, then.reason, then.ended

    def advance(self, now: int) -> None:
        """What happens by itself until now."""
        while True:
            overdue = self.overdue
            if self.state == "live" and overdue is not None and overdue <= now and overdue < self.deadline:
                self._stop(overdue, "reply_overdue")
            elif self.state == "live" and self.deadline <= now:
                self._close(self.deadline, "exhausted")
            elif self.state == "paused" and self.leaves <= now:
                self.state, self.reason, self.ended = "ended", None, self.leaves
            else:
                return

    def may_write(self) -> bool:
        return self.state in ("accepted", "live") or (self.state == "paused" and self.reason != "client")

    def companion_writes(self, now: int) -> None:
        self.advance(now)
        if not self.may_write():
            return
        if self.asked is not None:
            self.replies.append((self.asked + self.closed_to_her, now))
        self.asked, self.closed_to_her = None, 0
        if self.state == "accepted" or self.reason in ("reply_overdue", "companion_away"):
            self._go(now)

    def client_writes(self, now: int) -> None:
        self.advance(now)
        if self.state == "accepted" or not self.may_write() or self.reason == "reply_overdue":
            return
        if self.asked is None:
            self.asked = now
        if self.reason == "client_away":
            self._go(now)

    def client_pauses(self, now: int) -> bool:
        self.advance(now)
        if self.state != "live" or self.paused >= self.pause_limit:
            return False
        self._stop(now, "client")
        return True

    def client_resumes(self, now: int) -> bool:
        self.advance(now)
        if self.reason != "client":
            return self.state == "live"
        self.paused += now - self.stood
        if self.asked is not None:
            self.closed_to_her += now - self.stood
        self._go(now)
        return True

    def ends(self, now: int) -> bool:
        self.advance(now)
        if self.state == "live":
            self._close(now, "ended")
        elif self.state == "paused":
            self.state, self.reason, self.ended = "ended", None, now
        return self.state in ("ended", "exhausted")

    def pays_for(self, more: int, now: int) -> bool:
        self.advance(now)
        if self.state not in ("live", "paused"):
            return False
        self.granted += more
        return True

    def companion_was_last_seen(self, seen: int, now: int) -> None:
        self.advance(now)
        if now < seen + self.companion_grace:
            return
        if self.state == "live":
            self._stops_early(max(self.since, seen), "companion_away")
        for stretch in self.stretches:
            stretch.end = min(stretch.end, max(stretch.start, seen))

    def client_was_last_seen(self, seen: int, now: int) -> None:
        """He is waited for once, from when he went: not again each time she comes back or answers. Where he was not
        there at all when she began, or when his own pause was over, it is from then on."""
        self.advance(now)
        waited_until = max(seen, self.begun_with_him) + self.client_grace
        if now < waited_until:
            return
        if self.state == "live":
            self._stops_early(max(self.since, waited_until), "client_away")
        for stretch in self.stretches:
            stretch.end = min(stretch.end, max(stretch.start, waited_until))

    def comes_back(self, who: str, now: int) -> None:
        if self.state == "paused" and self.reason == f"{who}_away":
            self.advance(now)
            if self.state == "paused":
                self._go(now)

    def _stops_early(self, stop: int, reason: str) -> None:
        if stop < min(self.deadline, self.deadline if self.overdue is None else self.overdue):
            self._stop(stop, reason)

    def _go(self, now: int) -> None:
        self.since = max([now, *(stretch.end for stretch in self.stretches)])
        if self.reason not in ("reply_overdue", "companion_away"):
            self.begun_with_him = self.since
        self.state, self.reason = "live", None

    def _stop(self, at: int, reason: str) -> None:
        self.stretches.append(Stretch(self.since, at))
        self.state, self.reason, self.stood = "paused", reason, at
        self.leaves = at + (self.pause_limit - self.paused if reason == "client" else self.absence_limit)

    def _close(self, at: int, state: str) -> None:
        at = max(at, self.since)
        self.stretches.append(Stretch(self.since, at))
        self.state, self.reason, self.ended = state, None, at
