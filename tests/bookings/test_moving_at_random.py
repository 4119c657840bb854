"""Whatever two clients and a companion propose, agree to, decline, take back and cancel, and however the ticks fall:
all is where the plain model is (move_model.py), nobody is in two places, and no fen goes astray."""

from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from bookings import services
from bookings.models import Booking, Move
from common.clock import moment
from listings.models import TakenTime
from tests.bookings.machines import Machine, refused, run, sent_back
from tests.bookings.move_model import HOUR, Diary, Meeting, Proposal
from tests.cast import a_listing, a_user, a_week
from tests.orders import MINUTE, appointed, on_the_half_hour

FEN_PER_HOUR = 1999
# From the machine's now on: what is late, what is not, and where they get into each other's way.
FIRST_STARTS = (49, 50, 76)
HALF_HOURS = st.one_of(st.integers(0, 6), st.integers(0, 200))
WAIT = st.one_of(st.integers(0, HOUR), st.integers(0, HOUR), st.integers(0, 14 * HOUR))
WHICH = st.integers(0, 9)
ANSWERS = {"agree": services.agree_to_move, "decline": services.decline_move, "take_back": services.take_back_move}


class OtherStarts(Machine):
    @initialize()
    def three_appointments(self):
        self.begin()
        listing = a_listing(f"h{uuid4().hex[:10]}", FEN_PER_HOUR)
        a_week(listing.companion)
        self.clients = {name: a_user(f"c{uuid4().hex[:10]}") for name in ("lin", "zhao")}
        self.model = Diary(stands=settings.MOVE_OPEN_MS, too_late=settings.LATE_LIMIT_MS)
        self.bookings: dict[Meeting, Booking] = {}
        self.moves: dict[Proposal, Move] = {}
        self.first = on_the_half_hour(FIRST_STARTS[0])
        for name, hours in zip(("lin", "lin", "zhao"), FIRST_STARTS, strict=True):
            booking = appointed(self.clients[name], listing, 60, on_the_half_hour(hours))
            meeting = Meeting(name, booking.starts_ms, 60 * MINUTE, FEN_PER_HOUR)
            self.model.all.append(meeting)
            self.bookings[meeting] = booking

    def comes(self, wait: int) -> int:
        now = self.goes_on(wait)
        self.tick()
        return now

    @property
    def proposals(self) -> list[tuple[Meeting, Proposal]]:
        return [(meeting, proposal) for meeting in self.model.all for proposal in meeting.proposals]

    @rule(wait=WAIT, which=WHICH, half_hours=HALF_HOURS, by_client=st.booleans())
    def one_proposes(self, wait, which, half_hours, by_client):
        now = self.comes(wait)
        meeting = self.model.all[which % len(self.model.all)]
        booking = self.bookings[meeting]
        start = self.first + timedelta(minutes=30 * half_hours)
        asked = {"booking": booking, "by": booking.client if by_client else booking.companion, "starts_at": start}
        asked["request_key"] = uuid4()
        start_ms = int(start.timestamp() * 1000)
        why = self.model.propose(meeting, start_ms, now, by_client)
        assert name_of(refused(services.propose_move, **asked)) == why
        if why is None:
            # The same click again.
            self.moves[meeting.proposals[-1]] = services.propose_move(**asked)

    @rule(
        wait=WAIT, how=st.sampled_from(["agree", "agree", "agree", "decline", "take_back"]), rightly=st.integers(0, 5)
    )
    @precondition(lambda self: any(meeting.open for meeting in self.model.all))
    def one_answers_what_stands(self, wait, how, rightly):
        now = self.comes(wait)
        standing = [(meeting, meeting.open) for meeting in self.model.all if meeting.open]
        for meeting, proposal in standing[:1]:
            asked = proposal.by_client if how == "take_back" else not proposal.by_client
            self.answers(meeting, proposal, how, now, asked if rightly else not asked)

    @rule(wait=WAIT, which=WHICH, how=st.sampled_from(sorted(ANSWERS)), by_client=st.booleans())
    @precondition(lambda self: self.proposals)
    def one_answers_out_of_turn(self, wait, which, how, by_client):
        now = self.comes(wait)
        meeting, proposal = self.proposals[which % len(self.proposals)]
        self.answers(meeting, proposal, how, now, by_client)

    @rule(wait=WAIT, which=WHICH, by_client=st.booleans())
    @precondition(lambda self: self.proposals)
    def one_cancels(self, wait, which, by_client):
        now = self.comes(wait)
        meeting = self.model.all[which % len(self.model.all)]
        booking = self.bookings[meeting]
        by = booking.client if by_client else booking.companion
        for _twice in range(2):
            why = self.model.cancel(meeting, now, by_client)
            assert name_of(refused(services.cancel, booking=booking, by=by)) == why

    @rule(wait=WAIT, late=st.integers(0, 40 * MINUTE), times=st.integers(1, 3))
    def ticks(self, wait, late, times):
        self.goes_on(wait)
        for _ in range(times):
            self.tick(late)

    def answers(self, meeting: Meeting, proposal: Proposal, how: str, now: int, by_client: bool) -> None:
        booking, move = self.bookings[meeting], self.moves[proposal]
        by = booking.client if by_client else booking.companion
        for _twice in range(2):
            why = getattr(self.model, how)(meeting, proposal, now, by_client)
            assert name_of(refused(ANSWERS[how], move=move, by=by)) == why

    @invariant()
    def all_is_where_the_model_is(self):
        self.model.advance(self.now)
        with self.all_ticked():
            found = [self.seen(self.bookings[meeting]) for meeting in self.model.all]
            states = dict(Move.objects.values_list("pk", "state"))
            promised = self.promised()
        assert found == [told(meeting) for meeting in self.model.all]
        assert states == {self.moves[proposal].pk: proposal.state for _, proposal in self.proposals}
        agreed = [meeting for meeting in self.model.all if meeting.state == "accepted"]
        assert promised == {self.bookings[meeting].pk: moment(meeting.start) for meeting in agreed}

    def promised(self) -> dict:
        """Of what is agreed, when her time is promised."""
        agreed = Booking.objects.filter(state="accepted")
        return dict(TakenTime.objects.filter(ref__in=agreed.values("pk")).values_list("ref", "starts_at"))

    def seen(self, booking: Booking) -> tuple:
        row = Booking.objects.select_related("terms").get(pk=booking.pk)
        return row.state, row.starts_ms, row.late_start_ms, row.granted_ms, row.kept_fen or 0, sent_back(row.pk)


def told(meeting: Meeting) -> tuple:
    back = 0 if meeting.state == "accepted" else meeting.paid - meeting.kept
    return meeting.state, meeting.start, meeting.counted, meeting.length, meeting.kept, back


def name_of(refusal: type | None) -> str | None:
    return refusal and refusal.__name__


def test_appointments_are_where_the_model_is(db):
    run(OtherStarts, examples=12, steps=20)
