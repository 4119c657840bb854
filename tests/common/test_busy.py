"""What is wanted is held by somebody else for longer than the database waits: said in words, never a 500."""

from functools import partial

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.urls import reverse

from bookings.models import Booking, State
from tests.orders import requested
from tests.rivals import rival, soon

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def booking(client_user, listing, client) -> Booking:
    client.force_login(client_user)
    return requested(client_user, listing)


def hold_all() -> None:
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE bookings_booking, listings_companion IN ACCESS EXCLUSIVE MODE")


def hold(booking: Booking) -> None:
    Booking.objects.select_for_update().get(pk=booking.pk)


def test_a_page_says_so_in_its_place_and_when_to_come_back(client, booking):
    with rival(hold_all) as meanwhile:
        page = reverse("bookings:detail", args=[booking.pk])
        response = meanwhile(partial(soon, client.get, f"{page}?from=mail", headers={"accept": "text/html"}))()
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert f'href="{page}?from=mail"' in response.text


def test_a_form_leads_back_to_where_it_was_sent_from_and_nothing_was_done(client, booking):
    cancel, page = (reverse(f"bookings:{name}", args=[booking.pk]) for name in ("cancel", "detail"))
    with rival(partial(hold, booking)) as meanwhile:
        headers = {"accept": "text/html", "referer": f"http://testserver{page}"}
        response = meanwhile(partial(soon, client.post, cancel, {"expected_fen": 1000}, headers=headers))()
    assert (response.status_code, response.url) == (303, f"http://testserver{page}")
    assert [str(said) for said in get_messages(response.wsgi_request)] == ["现在有点忙，请稍后再试一次。"]
    booking.refresh_from_db()
    assert booking.state == State.REQUESTED


@pytest.mark.parametrize("accept", ["application/json", "*/*"])
def test_a_program_gets_its_code(client, booking, accept):
    cancel = reverse("bookings:cancel", args=[booking.pk])
    with rival(partial(hold, booking)) as meanwhile:
        asked = partial(soon, client.post, cancel, {"expected_fen": 1000}, headers={"accept": accept})
        response = meanwhile(asked)()
    assert (response.status_code, response.json()) == (
        503,
        {"code": "busy", "message": "现在有点忙，请稍后再试一次。"},
    )
