"""Appointments of a few clients with one companion, and the other starts they propose, in plain Python.

Milliseconds and fen. It knows nothing of ticks or rows: each thing that happens first lets the time that has passed
happen.
"""

from dataclasses import dataclass, field

HOUR = 60 * 60_000
DAY = 24 * HOUR


@dataclass(eq=False)
class Proposal:
    by_client: bool
    start: int
    expires: int
    late: bool
    state: str = "open"


@dataclass(eq=False)
class Meeting:
    client: str
    start: int
    length: int
    paid: int
    state: str = "accepted"
    counted: int | None = None  # an earlier start that being late is still counted from
    kept: int = 0
    asked_late: bool = False  # its client asked, when it was late, to move it away from this start
    proposals: list[Proposal] = field(default_factory=list)

    @property
    def open(self) -> Proposal | None:
        return next((one for one in self.proposals if one.state == "open"), None)

    def is_late(self, now: int) -> bool:
        return now > min(self.start, self.counted or self.start) - DAY


@dataclass
class Diary:
    """Nobody is in two meetings at once. `stands`, `too_late`: how long a proposal waits, and a meeting."""

    stands: int
    too_late: int
    all: list[Meeting] = field(default_factory=list)

    def advance(self, now: int) -> None:
        for meeting in self.all:
            proposal = meeting.open
            if proposal and proposal.expires <= now:
                proposal.state = "lapsed"
            if meeting.state == "accepted" and meeting.start + self.too_late <= now:
                self._over(meeting, "no_show")

    def is_free(self, meeting: Meeting, start: int) -> bool:
        others = [other for other in self.all if other is not meeting and other.state == "accepted"]
        return not any(start < other.start + other.length and other.start < start + meeting.length for other in others)

    def propose(self, meeting: Meeting, start: int, now: int, by_client: bool) -> str | None:
        self.advance(now)
        if meeting.state != "accepted" or now >= meeting.start:
            return "NotPossibleNow"
        if start == meeting.start or start <= now or not self.is_free(meeting, start):
            return "NotFreeThen"
        if meeting.open:
            meeting.open.state = "dropped"
        late = meeting.is_late(now) and (by_client or meeting.asked_late)
        meeting.asked_late |= late
        expires = min(now + self.stands, start, meeting.start)
        meeting.proposals.append(Proposal(by_client, start, expires, late))
        return None

    def agree(self, meeting: Meeting, proposal: Proposal, now: int, by_client: bool) -> str | None:
        self.advance(now)
        if by_client == proposal.by_client:
            return "NotPossibleNow"
        if proposal.state == "agreed":
            return None
        if meeting.state != "accepted" or proposal.state != "open":
            return "MoveGone"
        if not self.is_free(meeting, proposal.start):
            proposal.state = "lapsed"
            return "NewTimeTaken"
        proposal.state, meeting.asked_late = "agreed", False
        meeting.counted = min(meeting.start, meeting.counted or meeting.start) if proposal.late else None
        meeting.start = proposal.start
        return None

    def decline(self, meeting: Meeting, proposal: Proposal, now: int, by_client: bool) -> str | None:
        self.advance(now)
        if by_client == proposal.by_client:
            return "NotPossibleNow"
        return self._close(meeting, proposal, "declined", ("declined",))

    def take_back(self, meeting: Meeting, proposal: Proposal, now: int, by_client: bool) -> str | None:
        self.advance(now)
        if by_client != proposal.by_client:
            return "NotPossibleNow"
        # Whose proposal has come to nothing has nothing to take back.
        return self._close(meeting, proposal, "dropped", ("dropped", "lapsed"))

    def cancel(self, meeting: Meeting, now: int, by_client: bool) -> str | None:
        self.advance(now)
        if meeting.state != "accepted":
            return None if meeting.state == "cancelled" else "NotPossibleNow"
        percent = 20 if by_client and meeting.is_late(now) else 0
        meeting.kept = meeting.paid - -(-meeting.paid * (100 - percent) // 100)
        self._over(meeting, "cancelled")
        return None

    def _close(self, meeting: Meeting, proposal: Proposal, state: str, done: tuple[str, ...]) -> str | None:
        if proposal.state in done:
            return None
        if proposal.state != "open" or meeting.state != "accepted":
            return "MoveGone"
        proposal.state = state
        return None

    def _over(self, meeting: Meeting, state: str) -> None:
        meeting.state = state
        if meeting.open:
            meeting.open.state = "lapsed"
