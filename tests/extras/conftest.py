from collections.abc import Iterator
from uuid import UUID

import pytest

from bookings.models import Booking
from bookings.signals import booking_touched
from extras.models import Extra
from tests.extras.asking import asked
from tests.visits import a_place, together


@pytest.fixture
def visit(client_user) -> Booking:
    """It runs."""
    return together(client_user, a_place("shen"))


@pytest.fixture
def extra(visit) -> Extra:
    """It waits."""
    return asked(visit)


@pytest.fixture
def touched() -> Iterator[list[UUID]]:
    """The bookings whose open pages were told to look again."""
    told: list[UUID] = []

    def hears(booking: Booking, **_: object) -> None:
        told.append(booking.pk)

    booking_touched.connect(hears)
    yield told
    booking_touched.disconnect(hears)
