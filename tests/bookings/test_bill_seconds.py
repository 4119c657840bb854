"""The stretches on the receipt, to the second, whatever the milliseconds were."""

from itertools import pairwise

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bookings.services.bill import Bill, Stretch, adds_up_shown, counted_ms, to_the_second
from tests.bookings.absence import SECOND, age, pause_at, resume_at
from tests.orders import MINUTE, live


@st.composite
def bills(draw) -> tuple[Stretch, ...]:
    """Stretches end to end, billed and not in turn."""
    at, stretches = draw(st.integers(1_700_000_000_000, 1_700_000_010_000)), []
    for number, length in enumerate(draw(st.lists(st.integers(0, 200_000), min_size=1, max_size=9))):
        stretches.append(Stretch(at, at + length, billed=number % 2 == 0, reason=""))
        at += length
    return tuple(stretches)


def billed(*stretches: Stretch) -> Bill:
    return Bill(0, counted_ms(stretches), 0, 0, stretches)


@given(bills())
def test_each_border_is_the_true_one_cut_to_its_second(stretches):
    for line, truth in zip(to_the_second(stretches), stretches, strict=True):
        assert line.start_ms == truth.start_ms // SECOND * SECOND
        assert abs(line.length_ms - truth.length_ms) < SECOND


@given(bills())
def test_a_line_begins_where_the_one_before_ended(stretches):
    for before, after in pairwise(to_the_second(stretches)):
        assert after.start_ms == before.end_ms


@given(bills())
def test_it_is_known_whether_the_lines_come_to_the_whole(stretches):
    """As a reader would add them up."""
    read = sum(line.length_ms // SECOND for line in to_the_second(stretches) if line.billed)
    assert adds_up_shown(billed(*stretches)) == (read == counted_ms(stretches) // SECOND)


def test_ten_minutes_are_ten_minutes_and_a_pause_is_not_two_seconds_longer():
    ten, pause = Stretch(900, 600_900, True, ""), Stretch(600_900, 613_575, False, "")
    assert [line.length_ms for line in to_the_second((ten, pause))] == [600_000, 13_000]


def test_two_halves_of_a_second_may_be_lost_between_the_lines_and_then_it_is_known():
    whole = (Stretch(0, 1500, True, ""), Stretch(1500, 1700, False, ""), Stretch(1700, 3200, True, ""))
    assert [line.length_ms for line in to_the_second(whole)] == [1000, 0, 2000]
    assert adds_up_shown(billed(*whole))
    lost = (Stretch(0, 1500, True, ""), Stretch(1500, 3400, False, ""), Stretch(3400, 4900, True, ""))
    assert [line.length_ms for line in to_the_second(lost)] == [1000, 2000, 1000]
    assert not adds_up_shown(billed(*lost))


@pytest.mark.django_db
@pytest.mark.parametrize(("second_ms", "adds_up"), [(63_600, True), (63_400, False)])
def test_the_receipt_says_when_its_lines_do_not_come_to_the_whole(client, client_user, listing, second_ms, adds_up):
    booking = live(client_user, listing)
    age(booking, 5 * MINUTE + booking.live_since_ms % SECOND)
    began = booking.live_since_ms
    pause_at(booking, began + 61_500)
    resume_at(booking, began + second_ms)
    pause_at(booking, began + second_ms + 1500)
    client.force_login(client_user)
    page = client.get(reverse("bookings:receipt", args=[booking.pk])).content.decode()
    assert "1 分 03 秒" in page
    assert ("合计按毫秒相加" not in page) == adds_up
