"""Money on top comes to the millisecond when the clock runs out: it is time, or all of it goes back, never both.

One of two acts and has not committed yet, the other waits for the row or passes by; each has a moment of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations_with_replacement
from uuid import uuid4

import pytest
from django.db import IntegrityError

from bookings import services
from bookings.models import Booking, Extension, State
from bookings.services import extending, lifecycle, locking
from payments.models import Refund
from payments.services.books import check_books
from tests.clock import at, clocks_in_hand
from tests.orders import MINUTE, live, pay_on_top, settle
from tests.rivals import rival

pytestmark = pytest.mark.django_db(transaction=True)
# Of the first and of the second, to the deadline.
MOMENTS = list(combinations_with_replacement((-1, 0, 1), 2))


@dataclass
class Pair:
    booking: Booking
    extension: Extension

    def pay(self) -> None:
        pay_on_top(self.extension)

    def sweep(self) -> None:
        services.sweep()

    def end(self) -> None:
        services.end(booking=self.booking, by=self.booking.client)

    def meet(self, first: str, second: str, moments: tuple[int, int]) -> "Pair":
        one, other = (self.booking.deadline_ms + moment for moment in moments)
        with rival(partial(at, one, getattr(self, first))) as meanwhile:
            later = meanwhile(partial(at, other, getattr(self, second)))
        later()
        self.booking.refresh_from_db()
        self.extension.refresh_from_db()
        return self

    @property
    def outcome(self) -> tuple[str, str]:
        return self.booking.state, self.extension.state

    @property
    def back(self) -> list[int]:
        """Fen of the second payment that are on their way back."""
        return list(Refund.objects.filter(ref=self.booking.pk, payment__seq=2).values_list("amount", flat=True))


@pytest.fixture
def pair(client_user, listing) -> Iterator[Pair]:
    with clocks_in_hand():
        booking = live(client_user, listing)
        yield Pair(booking, services.extend(booking=booking, by=client_user, minutes=30, request_key=uuid4()))


def right(pair: Pair) -> None:
    granted = pair.extension.state == Extension.State.GRANTED
    assert (pair.booking.granted_ms, pair.back) == ((60 * MINUTE, []) if granted else (30 * MINUTE, [1000]))
    assert check_books(with_stripe=False) == []
    settle(pair.booking)
    back = sum(Refund.objects.filter(ref=pair.booking.pk).values_list("amount", flat=True))
    assert back + services.bill_of(pair.booking, now_ms=0).cost == 2000
    assert check_books(with_stripe=False) == []


@pytest.mark.parametrize("moments", MOMENTS)
class TestTheSweepAndTheMoney:
    def test_who_sweeps_first_decides_from_the_deadline_on(self, pair, moments):
        in_time = moments[1] < 0
        outcome = (State.LIVE, Extension.State.GRANTED) if in_time else (State.EXHAUSTED, Extension.State.MISSED)
        assert pair.meet("sweep", "pay", moments).outcome == outcome
        right(pair)

    def test_money_that_is_first_is_time_and_the_sweep_passes_by(self, pair, moments):
        in_time = moments[0] < 0
        outcome = (State.LIVE, Extension.State.GRANTED) if in_time else (State.EXHAUSTED, Extension.State.MISSED)
        assert pair.meet("pay", "sweep", moments).outcome == outcome
        right(pair)


@pytest.mark.parametrize("moments", MOMENTS)
class TestTheEndAndTheMoney:
    def test_what_has_ended_is_not_made_longer(self, pair, moments):
        state = State.ENDED if moments[0] < 0 else State.EXHAUSTED
        assert pair.meet("end", "pay", moments).outcome == (state, Extension.State.MISSED)
        right(pair)

    def test_money_that_is_first_is_time_that_can_be_ended(self, pair, moments):
        in_time = moments[0] < 0
        outcome = (State.ENDED, Extension.State.GRANTED) if in_time else (State.EXHAUSTED, Extension.State.MISSED)
        assert pair.meet("pay", "end", moments).outcome == outcome
        assert pair.booking.closed_ms == 30 * MINUTE + (moments[1] if in_time else 0)
        right(pair)


class TestControlsWithoutTheLock:
    @pytest.fixture(autouse=True)
    def unlocked(self, monkeypatch) -> None:
        monkeypatch.setattr(locking, "hold_row", lambda ref: False)
        # Nor by the time, which alone would do for what has run out, but not for what has ended.
        monkeypatch.setattr(extending, "_has_run_out", lambda booking: False)
        for module, name in ((extending, "locked_for_money"), (lifecycle, "locked")):
            monkeypatch.setattr(module, name, lambda row: Booking.objects.select_related("terms").get(pk=row.pk))

    @pytest.mark.parametrize(("first", "moment"), [("sweep", 0), ("end", -1)])
    def test_what_is_over_would_be_made_longer_and_its_money_not_written_down(self, pair, first, moment):
        """The last rule that is left stops it."""
        with pytest.raises(IntegrityError, match="its time is final"):
            pair.meet(first, "pay", (moment, moment))

    def test_the_end_would_know_nothing_of_the_time_on_top(self, pair):
        assert pair.meet("pay", "end", (-1, 1)).extension.state == Extension.State.GRANTED
        assert pair.booking.closed_ms == 30 * MINUTE
