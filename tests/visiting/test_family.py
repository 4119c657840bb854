"""Whoever has the link reads how far the two are, and nothing medical; and nothing at all a day after."""

import pytest

from bookings.models import Booking
from safety import services as safety
from safety.models import Link
from tests.orders import past_the_triggers, settle
from tests.visiting.plans import together
from tests.visiting.test_stages import note
from tests.visits import END, a_place, code, enter
from visits import services
from visits.models import StageName

pytestmark = pytest.mark.django_db
DAY_MS = 86_400_000


@pytest.fixture
def shared(client_user) -> tuple[Booking, str]:
    booking = together(client_user, a_place("shen"))
    note(booking, StageName.WAITING)
    services.write_handover(booking=booking, by=booking.companion, words="四周后复查")
    return booking, safety.address_of(safety.share(booking=booking, by=client_user))


def test_stages_are_read_without_an_account_and_nothing_medical(client, shared):
    _booking, address = shared
    text = client.get(address).content.decode()
    assert "候诊" in text
    for word in ("皮肤科", "陈阿姨", "青霉素", "四周后复查", "138 0013 8000", "轮椅"):
        assert word not in text


def test_a_day_after_the_end_nothing_is_read_any_more(client, shared):
    booking, address = shared
    enter(booking, code(booking, END), END)
    settle(booking)
    assert "候诊" in client.get(address).content.decode()
    with past_the_triggers():
        Booking.objects.filter(pk=booking.pk).update(ended_ms=booking.ended_ms - DAY_MS)
    answer = client.get(address)
    assert answer.status_code == 410 and "候诊" not in answer.content.decode()
    assert Link.objects.count() == 1
