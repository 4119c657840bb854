import pytest

from bookings.models import Booking
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
