"""What others read changes only through review: the admin shows it, and changes nothing."""

import pytest

from listings.models import Companion
from tests.cast import a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    client.force_login(a_user("root", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("name", ["companion", "listing", "listingrevision", "profilerevision", "application"])
def test_the_lists_are_there_and_nothing_can_be_added(admin, name, listing):
    assert admin.get(f"/admin/listings/{name}/").status_code == 200
    assert admin.get(f"/admin/listings/{name}/add/").status_code == 403


def test_a_companion_is_shown_and_neither_changed_nor_deleted(admin, listing):
    companion = listing.companion
    address = f"/admin/listings/companion/{companion.pk}"
    text = admin.get(f"{address}/change/").content.decode()
    assert companion.display_name in text
    assert str(companion.calendar_key) not in text
    assert admin.post(f"{address}/change/", {"display_name": "别人"}).status_code == 403
    assert admin.post(f"{address}/delete/", {"post": "yes"}).status_code == 403
    assert Companion.objects.get().display_name == companion.display_name
