"""The seconds on the receipt add up, whatever the milliseconds were."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bookings.services.bill import Stretch, to_the_second

SECOND = 1000


@st.composite
def bills(draw) -> tuple[Stretch, ...]:
    """Stretches end to end, billed and not in turn."""
    at, stretches = draw(st.integers(1_700_000_000_000, 1_700_000_010_000)), []
    for number, length in enumerate(draw(st.lists(st.integers(0, 200_000), min_size=1, max_size=9))):
        stretches.append(Stretch(at, at + length, billed=number % 2 == 0, reason=""))
        at += length
    return tuple(stretches)


def counted(stretches) -> int:
    return sum(stretch.length_ms for stretch in stretches if stretch.billed)


@given(bills())
def test_what_is_counted_adds_up_to_the_whole(stretches):
    assert counted(to_the_second(stretches)) == counted(stretches) // SECOND * SECOND


@given(bills())
def test_each_line_is_whole_seconds_and_close_to_the_truth(stretches):
    shown = to_the_second(stretches)
    for line, truth in zip(shown, stretches, strict=True):
        assert (line.start_ms % SECOND, line.length_ms % SECOND, line.length_ms >= 0) == (0, 0, True)
        assert abs(line.length_ms - truth.length_ms) < (1 if line.billed else 2) * SECOND
        assert abs(line.start_ms - truth.start_ms // SECOND * SECOND) <= (0 if line.billed else SECOND)


@given(bills())
def test_a_pause_begins_where_the_counting_ended(stretches):
    for before, after in pairwise(to_the_second(stretches)):
        if before.billed:
            assert after.start_ms == before.end_ms


def test_two_halves_of_a_second_are_one():
    halves = (Stretch(0, 1500, True, ""), Stretch(1500, 1500, False, ""), Stretch(1500, 3000, True, ""))
    assert [stretch.length_ms for stretch in to_the_second(halves)] == [1000, 0, 2000]
