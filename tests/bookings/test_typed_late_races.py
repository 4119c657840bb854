"""A code that comes late, in the very moment in which time closes the order: one of the two, by the clock.

One of two acts and has not committed yet, the other waits for the row or passes by; each has a moment of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations_with_replacement
from threading import Barrier
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import IntegrityError

from bookings import services
from bookings.errors import MissedMeanwhile, NotPossibleNow, WrongCode
from bookings.models import Booking, MeetingCode, State
from bookings.services import meeting
from common.clock import moment
from payments.models import Refund
from payments.services.books import check_books
from tests.clock import at, clocks_in_hand
from tests.orders import MINUTE, settle
from tests.rivals import rival
from tests.threads import at_once, failures
from tests.visits import END, START, a_place, agreed, another, code, near

pytestmark = pytest.mark.django_db(transaction=True)
AGE_MS = 5 * MINUTE
# Of the first and of the second, to the moment in which time closes it.
MOMENTS = list(combinations_with_replacement((-1, 0, 1), 2))


def unlocked(booking: Booking) -> Booking:
    return Booking.objects.select_related("terms").get(pk=booking.pk)


@dataclass
class Pair:
    booking: Booking
    purpose: str
    closes_ms: int
    refused: type[Exception] | None = None

    def enter(self) -> None:
        try:
            services.enter_code(
                booking=self.booking,
                digits=self.digits,
                purpose=self.purpose,
                by=self.booking.companion,
                age_ms=AGE_MS,
            )
        except NotPossibleNow as refusal:
            self.refused = type(refusal)

    def sweep(self) -> None:
        services.sweep()
        services.run_due()

    def meet(self, first: str, second: str, moments: tuple[int, int]) -> Booking:
        self.digits = code(self.booking, self.purpose)
        MeetingCode.objects.update(created_at=moment(self.booking.starts_ms - 60 * MINUTE))
        one, other = (self.closes_ms + moment for moment in moments)
        with rival(partial(at, one, getattr(self, first))) as meanwhile:
            later = meanwhile(partial(at, other, getattr(self, second)))
        later()
        self.booking.refresh_from_db()
        return self.booking


@pytest.fixture
def start(client_user) -> Iterator[Pair]:
    with clocks_in_hand():
        booking = agreed(client_user, a_place("shen"))
        yield Pair(booking, START, booking.due_ms)


@pytest.fixture
def end(client_user) -> Iterator[Pair]:
    with clocks_in_hand():
        booking = agreed(client_user, a_place("ruby", kind="dining"))
        begin = partial(services.enter_code, booking=booking, digits=code(booking), purpose=START, by=booking.companion)
        booking = at(booking.starts_ms, begin)
        yield Pair(booking, END, booking.deadline_ms)


@pytest.mark.parametrize("moments", MOMENTS)
class TestTheStartAndTheNoShow:
    def test_who_sweeps_first_closes_it_from_then_on(self, start, moments):
        booking, in_time = start.meet("sweep", "enter", moments), moments[1] < 0
        closed = State.ACCEPTED if moments[0] < 0 else State.NO_SHOW
        assert (booking.state, start.refused) == ((State.LIVE, None) if in_time else (closed, MissedMeanwhile))
        right(start, in_time)

    def test_a_code_that_is_first_starts_it_and_the_sweep_passes_by(self, start, moments):
        """Also by one that is refused: while it is written down, the row is held, and the next sweep closes it."""
        booking, in_time = start.meet("enter", "sweep", moments), moments[0] < 0
        assert booking.state == (State.LIVE if in_time else State.ACCEPTED)
        right(start, in_time)


def right(start: Pair, in_time: bool) -> None:
    at(start.closes_ms, start.sweep)
    start.booking.refresh_from_db()
    assert start.booking.state == (State.LIVE if in_time else State.NO_SHOW)
    assert start.booking.live_since_ms == (start.closes_ms - 1 - AGE_MS if in_time else None)
    assert list(Refund.objects.values_list("amount", flat=True)) == ([] if in_time else [30000])
    assert check_books(with_stripe=False) == []


@pytest.mark.parametrize("moments", MOMENTS)
class TestTheEndAndTheDeadline:
    def test_what_has_run_out_first_has_run_out(self, end, moments):
        booking, in_time = end.meet("sweep", "enter", moments), moments[1] < 0
        assert booking.closed_ms == (60 * MINUTE - 1 - AGE_MS if in_time else 60 * MINUTE)
        assert booking.state == (State.ENDED if in_time else State.EXHAUSTED)
        billed(end, 54 if in_time else 60)

    def test_a_code_that_is_first_ends_it_when_it_was_typed(self, end, moments):
        booking, in_time = end.meet("enter", "sweep", moments), moments[0] < 0
        assert booking.state == (State.ENDED if in_time else State.EXHAUSTED)
        billed(end, 54 if in_time else 60)


def billed(end: Pair, minutes: int) -> None:
    booking = settle(end.booking)
    back = sum(Refund.objects.values_list("amount", flat=True))
    assert (booking.billed_min, back) == (minutes, (60 - minutes) * 100)
    assert check_books(with_stripe=False) == []


class TestControlsWithoutTheLock:
    @pytest.fixture(autouse=True)
    def control(self, monkeypatch) -> None:
        monkeypatch.setattr(meeting, "locked", unlocked)

    def test_what_is_closed_would_start_and_only_the_last_rule_stops_it(self, start):
        """Its money is on its way back already."""
        with pytest.raises(IntegrityError, match="may not become live"):
            start.meet("sweep", "enter", (0, -1))

    def test_what_has_run_out_would_end_again_and_only_the_last_rule_stops_it(self, end):
        with pytest.raises(IntegrityError):
            end.meet("sweep", "enter", (0, -1))


def sent_four_times(client_user) -> list:
    booking = near(client_user, a_place("shen"))
    entry = {"booking": booking, "digits": another(code(booking)), "purpose": START, "by": booking.companion}
    return at_once(*[partial(services.enter_code, **entry, age_ms=1, request_key=uuid4())] * 4)


def test_one_entry_from_four_tabs_is_one_try(client_user):
    said = sent_four_times(client_user)
    assert [type(one) for one in said] == [WrongCode] * 4
    assert MeetingCode.objects.get().tries == 1


def test_control_without_the_lock_they_are_in_each_others_way(client_user):
    all_have_looked = Barrier(4)

    def looked(booking: Booking) -> Booking:
        row = unlocked(booking)
        all_have_looked.wait(timeout=20)
        return row

    with patch.object(meeting, "locked", looked):
        said = sent_four_times(client_user)
    assert any(isinstance(one, IntegrityError) for one in failures(said))
