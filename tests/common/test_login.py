"""A form that comes too late, and the address of a form in place of a page's."""

import pytest

from common.returning import page_above

pytestmark = pytest.mark.django_db
HTML = {"accept": "text/html,*/*;q=0.8", "accept-language": "en"}


@pytest.mark.parametrize("form", ["/bookings/start/1/", "/listings/1/block/", "/me/watches/1/drop/", "/apply/submit/"])
def test_who_was_signed_out_comes_back_to_the_page_not_to_the_form(client, form):
    answer = client.post(form, headers={**HTML, "referer": "http://testserver/listings/1/?minutes=60"})
    assert answer.headers["Location"] == "/accounts/login/?next=http%3A//testserver/listings/1/%3Fminutes%3D60"
    assert "nothing was sent yet" in client.get(answer.headers["Location"], headers=HTML).content.decode()


def test_htmx_goes_there_as_a_whole(client):
    headers = {"referer": "http://testserver/listings/calendar/", "hx-request": "true"}
    answer = client.post("/me/watches/1/drop/", headers=headers)
    assert answer.headers["HX-Redirect"].startswith("/accounts/login/?next=")


def test_no_other_site_is_come_back_to(client):
    answer = client.post("/apply/submit/", headers={"referer": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/accounts/login/?next=/"


def test_a_page_is_come_back_to_as_it_was_asked_for(client):
    assert client.get("/bookings/?page=2").headers["Location"] == "/accounts/login/?next=/bookings/%3Fpage%3D2"


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("/listings/7/hide/", "/listings/7/"),
        ("/me/watches/7/drop/", "/me/watches/"),
        ("/apply/submit/", "/apply/"),
        ("/bookings/start/7/", "/bookings/"),
        ("/stripe/webhook/", "/"),
    ],
)
def test_above_a_form_there_is_a_page(form, page):
    assert page_above(form) == page


def test_people_are_led_to_the_page_and_machines_are_told(client, companion):
    client.force_login(companion)
    assert client.get("/me/watches/7/drop/", headers=HTML).headers["Location"] == "/me/watches/"
    assert client.get("/me/watches/7/drop/", headers={"accept": "application/json"}).status_code == 405
    assert client.get("/stripe/webhook/").status_code == 405
