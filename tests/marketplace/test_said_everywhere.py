"""What every page says: whom to call, and what the platform keeps where somebody decides to work here."""

import pytest
from django.urls import reverse

from tests.cast import a_companion
from tests.orders import live, requested

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


def read(client, path: str) -> str:
    return client.get(path, headers=ENGLISH).content.decode()


@pytest.mark.parametrize("path", ["/", "/browse/", "/terms/", "/accounts/login/", "/nowhere/"])
def test_whom_to_call_stands_on_every_page(client, listing, path):
    assert all(f'href="tel:{number}"' in read(client, path) for number in (12356, 120, 110))


def test_and_beside_a_talk(client, client_user, listing):
    booking = live(client_user, listing)
    client.force_login(client_user)
    assert 'href="tel:12356"' in read(client, reverse("chat:room", args=[booking.pk]))


def test_what_the_platform_keeps_is_said_before_one_begins(client, settings):
    settings.PLATFORM_FEE_BASIS_POINTS = 1200
    for path in ("/apply/", "/terms/"):
        assert "The platform keeps 12% of what is served" in read(client, path)
    client.force_login(a_companion("meimei").user)
    assert "The platform keeps 12% of what is served" in read(client, "/listings/new/?kind=listener")


def test_an_order_says_what_it_brings_at_most(client, client_user, companion, listing):
    requested(client_user, listing)
    client.force_login(companion)
    assert "yours: up to ¥8.50" in read(client, reverse("bookings:workbench"))
