"""Who may see and do what on the pages of a booking, and what bad input gets."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from bookings import services
from bookings.models import Booking, State
from listings.models import Listing
from payments.errors import ProviderUnavailable
from tests.bookings.test_lifecycle import age
from tests.cast import a_user
from tests.orders import MINUTE, accepted, live, ordered, requested, settle, speak, talked

pytestmark = pytest.mark.django_db

PAGES = ["detail", "returned", "receipt"]
ACTIONS = ["pay", "cancel", "accept", "decline", "end"]


def url(name: str, booking: Booking) -> str:
    return reverse(f"bookings:{name}", args=[booking.pk])


@pytest.mark.parametrize("name", PAGES + ACTIONS)
def test_a_strangers_booking_is_not_there_and_nothing_moves(client, stranger, client_user, listing, name):
    booking = requested(client_user, listing)
    client.force_login(stranger)
    ask = client.get if name in PAGES else client.post
    assert ask(url(name, booking)).status_code == 404
    booking.refresh_from_db()
    assert booking.state == State.REQUESTED


@pytest.mark.parametrize("name", PAGES + ACTIONS)
def test_nobody_signed_in_is_asked_who_he_is(client, client_user, listing, name):
    booking = requested(client_user, listing)
    ask = client.get if name in PAGES else client.post
    answer = ask(url(name, booking))
    assert (answer.status_code, answer["Location"].startswith("/accounts/login/")) == (302, True)


def test_a_strangers_chat_is_not_there(client, stranger, client_user, listing):
    booking = accepted(client_user, listing)
    client.force_login(stranger)
    assert client.get(reverse("chat:room", args=[booking.pk])).status_code == 404


def test_a_moderator_has_no_key_to_a_conversation(client, moderator, client_user, listing):
    booking = accepted(client_user, listing)
    client.force_login(moderator)
    assert client.get(reverse("chat:room", args=[booking.pk])).status_code == 404


@pytest.mark.parametrize("name", ["pay", "returned"])
def test_what_is_the_clients_is_not_the_companions(client, client_user, listing, name):
    booking = requested(client_user, listing)
    client.force_login(booking.companion)
    ask = client.get if name in PAGES else client.post
    assert ask(url(name, booking)).status_code == 404


@pytest.mark.parametrize("name", ["accept", "decline"])
def test_a_client_does_not_answer_for_the_companion(client, client_user, listing, name):
    booking = requested(client_user, listing)
    client.force_login(client_user)
    client.post(url(name, booking))
    booking.refresh_from_db()
    assert booking.state == State.REQUESTED


@pytest.mark.parametrize("name", ACTIONS)
def test_what_changes_something_is_never_a_link(client, client_user, listing, name):
    booking = requested(client_user, listing)
    client.force_login(client_user)
    assert client.get(url(name, booking)).status_code == 405


@pytest.mark.parametrize("minutes", ["", "0", "-30", "31", "1e309", "NaN", "9" * 30, "30; DROP TABLE"])
def test_minutes_are_bounded_and_nothing_is_ordered(client, client_user, listing, minutes):
    client.force_login(client_user)
    form = {"minutes": minutes, "request_key": str(uuid4()), "seen_fen": listing.price_fen}
    answer = client.post(reverse("bookings:start", args=[listing.pk]), form, follow=True)
    assert answer.status_code == 200
    assert not Booking.objects.exists()


def test_a_refused_order_keeps_the_chosen_length(client, client_user, listing):
    live(client_user, listing)
    client.force_login(client_user)
    form = {"minutes": "60", "request_key": str(uuid4()), "seen_fen": listing.price_fen}
    path = f"/listings/{listing.pk}/"
    answer = client.post(
        reverse("bookings:start", args=[listing.pk]),
        form,
        headers={"Referer": f"http://testserver{path}?minutes=30&x=1"},
    )
    assert (answer.status_code, answer["Location"]) == (303, f"http://testserver{path}?minutes=60&x=1")


@pytest.mark.parametrize(("wish", "chosen"), [("60", "60"), ("61", "30"), ("", "30"), ("\x00", "30")])
def test_the_length_of_the_address_is_chosen_if_it_is_offered(client, client_user, listing, wish, chosen):
    client.force_login(client_user)
    page = client.get(f"/listings/{listing.pk}/", {"minutes": wish}).content.decode()
    [box] = re.findall(r'<input type="radio"[^>]*checked[^>]*>', page)
    assert f'value="{chosen}"' in box


class TestAPriceThatRose:
    @pytest.fixture
    def page(self, client, client_user, listing) -> str:
        """The listing's page before, in English."""
        client.force_login(client_user)
        page = client.get(f"/listings/{listing.pk}/").content.decode()
        Listing.objects.filter(pk=listing.pk).update(price_fen=2500)
        return page

    def order(self, client, listing, **form):
        sent = {"minutes": "60", "request_key": str(uuid4()), **form}
        path = f"http://testserver/listings/{listing.pk}/"
        headers = {"Referer": path, "accept-language": "en"}
        return client.post(reverse("bookings:start", args=[listing.pk]), sent, headers=headers, follow=True)

    def test_is_told_and_nothing_is_ordered(self, client, listing, page):
        [seen] = re.findall(r'name="seen_fen" value="(\d+)"', page)
        again = self.order(client, listing, seen_fen=seen)
        text = again.content.decode()
        assert "The price has changed to ¥25/hour; please look again. Nothing was charged." in text
        assert 'name="seen_fen" value="2500"' in text
        assert again.request["QUERY_STRING"] == "minutes=60"
        assert not Booking.objects.exists()

    def test_a_form_without_a_price_is_told_too(self, client, listing, page):
        assert "The price has changed" in self.order(client, listing).content.decode()
        assert not Booking.objects.exists()

    def test_what_was_ordered_before_keeps_its_price(self, client_user, listing):
        key = uuid4()
        first = services.order(by=client_user, listing=listing, minutes=30, request_key=key, seen_fen=2000)
        Listing.objects.filter(pk=listing.pk).update(price_fen=2500)
        again = services.order(by=client_user, listing=listing, minutes=30, request_key=key, seen_fen=2000)
        assert (again, again.terms.price_fen) == (first, 2000)


def test_a_price_in_the_form_is_not_believed(client, client_user, listing, stand_in):
    client.force_login(client_user)
    form = {
        "minutes": "30",
        "request_key": str(uuid4()),
        "seen_fen": "2000",
        "price_fen": "1",
        "amount": "1",
        "granted_ms": "99999999",
    }
    answer = client.post(reverse("bookings:start", args=[listing.pk]), form)
    booking = Booking.objects.get()
    assert (answer.status_code, booking.granted_ms, booking.terms.prepaid_fen) == (303, 1_800_000, 1000)
    assert answer["Location"].startswith(stand_in.url)


def test_stripe_not_answering_keeps_the_order_and_says_so(client, client_user, listing, stand_in):
    stand_in.control("faults", path="/v1/checkout/sessions", kind="error", times=3)
    client.force_login(client_user)
    form = {"minutes": "30", "request_key": str(uuid4()), "seen_fen": listing.price_fen}
    answer = client.post(reverse("bookings:start", args=[listing.pk]), form, follow=True)
    assert answer.redirect_chain == [(url("detail", Booking.objects.get()), 303)]
    assert str(ProviderUnavailable.message) in answer.content.decode()


def test_the_answer_speaks_json_to_who_asks_for_it(client, client_user, listing):
    booking = ordered(client_user, listing)
    client.force_login(client_user)
    answer = client.post(url("end", booking), headers={"Accept": "application/json", "Accept-Language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_possible_now")


def test_ending_by_json_names_the_receipt(client, client_user, listing):
    booking = live(client_user, listing)
    client.force_login(client_user)
    answer = client.post(url("end", booking), headers={"Accept": "application/json"})
    assert answer.json() == {"state": "ended", "receipt": url("receipt", booking)}


def rows_of_orders(listing, count: int) -> None:
    for number in range(count):
        booking = live(a_user(f"client{number}"), listing)
        services.end(booking=booking, by=booking.companion)
        settle(booking)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_number_of_questions(client, companion, listing, rows, django_assert_num_queries):
    rows_of_orders(listing, rows)
    client.force_login(companion)
    with django_assert_num_queries(LIST_QUERIES):
        client.get(reverse("bookings:list"))


LIST_QUERIES = 11


def test_the_list_says_what_an_order_cost_and_what_came_back(client, client_user, listing):
    services.cancel(booking=ordered(client_user, listing), by=client_user)
    services.cancel(booking=requested(client_user, listing, minutes=60), by=client_user)
    over = live(client_user, listing, minutes=90)
    age(over, 2 * MINUTE + 5)
    services.end(booking=over, by=client_user)
    settle(over)
    client.force_login(client_user)
    page = client.get(reverse("bookings:list")).content.decode()
    assert "· ¥0.66 · 退回 ¥29.34" in page
    assert "· ¥20，已全部退回" in page
    assert page.count("退回") == 2


def test_every_page_forbids_what_it_does_not_need(client):
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy


def test_the_receipt_shows_the_sum_and_each_stretch(client, client_user, listing):
    booking = live(client_user, listing)
    asked = booking.live_since_ms
    speak(booking.pk, companion=False, now_ms=asked + 1000)
    services.sweep(now_ms=asked + 62_000)
    services.end(booking=booking, by=client_user)
    settle(booking)
    client.force_login(client_user)
    page = client.get(url("receipt", booking)).content.decode()
    assert "聊了 1 分钟" in page
    assert "¥0.33" in page
    assert "¥9.67" in page
    assert "计时 1 分 01 秒" in page
    assert "回复超过 60 秒" in page


class TestATalkThatIsOver:
    @pytest.fixture
    def booking(self, client_user, listing) -> Booking:
        return talked(client_user, listing)

    def read(self, client, user, path: str) -> str:
        client.force_login(user)
        return client.get(path, headers={"accept-language": "en"}).content.decode()

    @pytest.mark.parametrize("side", ["client", "companion"])
    def test_is_found_again_from_its_bill_its_page_and_the_list(self, client, booking, side):
        for path in (url("receipt", booking), url("detail", booking), reverse("bookings:list")):
            text = self.read(client, getattr(booking, side), path)
            assert "Read the talk" in text and reverse("chat:room", args=[booking.pk]) in text

    def test_before_it_is_over_nothing_is_called_so(self, client, client_user, listing):
        running = live(client_user, listing)
        for path in (url("receipt", running), url("detail", running), reverse("bookings:list")):
            assert "Read the talk" not in self.read(client, client_user, path)

    def test_the_bill_names_the_client_to_the_companion(self, client, booking):
        assert "for lin" in self.read(client, booking.companion, url("receipt", booking))
        assert "for lin" not in self.read(client, booking.client, url("receipt", booking))
