"""The stretches on the receipt, to the second, whatever the milliseconds were."""

from itertools import pairwise

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bookings.services.bill import Stretch, counted_ms, to_the_second
from tests.bookings.absence import SECOND, age, pause_at
from tests.orders import MINUTE, live


@st.composite
def bills(draw) -> tuple[Stretch, ...]:
    """Stretches end to end, billed and not in turn."""
    at, stretches = draw(st.integers(1_700_000_000_000, 1_700_000_010_000)), []
    for number, length in enumerate(draw(st.lists(st.integers(0, 200_000), min_size=1, max_size=9))):
        stretches.append(Stretch(at, at + length, billed=number % 2 == 0, reason=""))
        at += length
    return tuple(stretches)


@given(bills())
def test_each_begins_at_its_second_and_none_is_a_second_off(stretches):
    for line, truth in zip(to_the_second(stretches), stretches, strict=True):
        assert line.start_ms == truth.start_ms // SECOND * SECOND
        assert abs(line.length_ms - truth.length_ms) < SECOND


@given(bills())
def test_what_stands_lasts_until_the_next_begins(stretches):
    for line, after in pairwise(to_the_second(stretches)):
        assert line.billed or after.start_ms == line.end_ms


@given(bills())
def test_the_counted_lines_come_to_the_whole(stretches):
    """As a reader adds them up: it is cut to its second like they are."""
    read = sum(line.length_ms // SECOND for line in to_the_second(stretches) if line.billed)
    assert read == counted_ms(stretches) // SECOND


def test_ten_minutes_are_ten_minutes_and_a_pause_is_not_two_seconds_longer():
    ten, pause = Stretch(900, 600_900, True, ""), Stretch(600_900, 613_575, False, "")
    assert [line.length_ms for line in to_the_second((ten, pause))] == [600_000, 13_000]


def test_one_stretch_is_as_long_as_the_whole():
    assert [line.length_ms for line in to_the_second((Stretch(900, 10_200, True, ""),))] == [9_000]


def test_two_halves_of_a_second_are_in_one_of_the_lines():
    apart = (Stretch(0, 1500, True, ""), Stretch(1500, 3400, False, ""), Stretch(3400, 4900, True, ""))
    assert [line.length_ms for line in to_the_second(apart)] == [1000, 2000, 2000]


@pytest.mark.django_db
def test_the_receipts_line_and_its_total_say_the_same(client, client_user, listing):
    booking = live(client_user, listing)
    # It begins late in a second and ends early in one.
    age(booking, 5 * MINUTE + booking.live_since_ms % SECOND + 100)
    pause_at(booking, booking.live_since_ms + 61_300)
    client.force_login(client_user)
    page = client.get(reverse("bookings:receipt", args=[booking.pk])).content.decode()
    assert page.count("1 分 01 秒") == 2 and "1 分 02 秒" not in page
