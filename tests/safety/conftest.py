"""Two who meet in person, one of whom has people he trusts."""

import pytest

from accounts.models import User
from bookings.models import Booking
from listings.models import Listing
from safety import services
from tests.visits import a_place, near, together


@pytest.fixture
def clinic(db) -> Listing:
    return a_place("shen")


@pytest.fixture
def soon(client_user, clinic) -> Booking:
    """Agreed, in five minutes."""
    return near(client_user, clinic)


@pytest.fixture
def running(client_user, clinic) -> Booking:
    return together(client_user, clinic)


@pytest.fixture
def family(client_user) -> User:
    """The client, who has two people he trusts."""
    services.add_contact(by=client_user, name="妈妈", email="mum@example.com", phone="13800000000")
    services.add_contact(by=client_user, name="阿勇", email="yong@example.com")
    return client_user
