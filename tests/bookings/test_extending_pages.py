"""The client's tap on more time: what he reads is what became of his time, not only of his card."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.urls import reverse

from bookings import services
from bookings.models import Booking, Extension
from payments import services as payments
from payments.models import Payment, Refund, SavedCard
from tests.orders import live, ordered, pay_on_top, speak
from tests.payments.paying import BAD_LATER
from tests.stand_in import GOOD_CARD

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
JSON = ENGLISH | {"accept": "application/json"}
ASKED_BY_ITS_BANK = "4000002760003184"
GRANTED = "Paid. Your time is longer now."
MISSED = "It was paid when that time could no longer be added, so all of it comes back to you."


@pytest.fixture
def paid_with(stand_in, client, client_user, listing) -> Callable[[str], Booking]:
    """A running booking of the client who is signed in; Stripe keeps the card it was paid with."""

    def running(number: str) -> Booking:
        booking = ordered(client_user, listing)
        payment = services.payment_of(booking)
        answer = stand_in.pay(
            payments.checkout_url(payment=payment, success_url="http://test/", cancel_url="http://test/"), number
        )
        if number == ASKED_BY_ITS_BANK:
            stand_in.prove(answer.headers["location"])
        payments.sync_payment(payment=payment)
        services.accept(booking=booking, by=booking.companion)
        speak(booking.pk, companion=True)
        booking.refresh_from_db()
        client.force_login(client_user)
        return booking

    return running


def tap(client, booking: Booking, minutes: object = 30, headers: dict = JSON, **form):
    form = {"minutes": minutes, "request_key": str(uuid4()), "card": SavedCard.objects.get().pk, **form}
    return client.post(reverse("bookings:extend", args=[booking.pk]), form, headers=headers)


def meanwhile(monkeypatch, happens: Callable[[], object]) -> None:
    """It happens while Stripe is asked."""
    charge = payments.charge_saved_card

    def slow(**asked):
        happens()
        return charge(**asked)

    monkeypatch.setattr(payments, "charge_saved_card", slow)


def messages_of(client) -> str:
    page = client.get(reverse("bookings:list"), headers=ENGLISH).content.decode()
    return re.sub(r"\s+", " ", page)


def test_a_saved_card_is_one_tap(client, paid_with):
    booking = paid_with(GOOD_CARD)
    key = str(uuid4())
    answers = [tap(client, booking, request_key=key).json() for _ in range(2)]
    assert answers == [{"status": "succeeded", "message": GRANTED, "redirect": ""}] * 2
    assert booking.extensions.get().state == Extension.State.GRANTED
    assert Payment.objects.filter(ref=booking.pk).count() == 2


def test_without_a_script_it_is_told_on_the_next_page(client, paid_with):
    booking = paid_with(GOOD_CARD)
    answer = tap(client, booking, headers=ENGLISH)
    assert (answer.status_code, answer["Location"]) == (302, reverse("chat:room", args=[booking.pk]))
    assert GRANTED in messages_of(client)


def test_without_a_card_it_goes_to_the_payment_page(client, paid_with, stand_in):
    answer = tap(client, paid_with(GOOD_CARD), card="", headers=ENGLISH)
    assert answer.status_code == 303
    assert answer["Location"].startswith(stand_in.url)


def test_a_card_that_is_declined_leaves_the_choice(client, paid_with):
    booking = paid_with(BAD_LATER)
    answer = tap(client, booking).json()
    assert (answer["status"], answer["message"].startswith("The card was declined.")) == ("declined", True)
    page = tap(client, booking, headers=ENGLISH)
    assert (page.status_code, page["Location"]) == (302, reverse("bookings:more", args=[booking.pk]))
    assert not Refund.objects.exists()


def test_a_bank_that_asks_is_where_he_goes(client, paid_with, stand_in):
    booking = paid_with(ASKED_BY_ITS_BANK)
    answer = tap(client, booking).json()
    assert (answer["status"], answer["message"]) == ("requires_action", "")
    back = stand_in.prove(answer["redirect"]).headers["location"]
    [extension] = booking.extensions.all()
    assert reverse("bookings:extended", args=[booking.pk, extension.pk]) in back
    client.get(reverse("bookings:extended", args=[booking.pk, extension.pk]), headers=ENGLISH)
    assert GRANTED in messages_of(client)


@pytest.mark.parametrize("headers", [JSON, ENGLISH], ids=["dialog", "page"])
@pytest.mark.parametrize("how", ["over", "dropped"])
def test_money_that_came_too_late_is_not_called_time(client, paid_with, monkeypatch, how, headers):
    booking = paid_with(GOOD_CARD)

    def happens() -> None:
        if how == "over":
            services.end(booking=booking, by=booking.companion)
        else:
            services.drop_extension(extension=booking.extensions.get(), by=booking.client)

    meanwhile(monkeypatch, happens)
    answer = tap(client, booking, headers=headers)
    said = answer.json() if headers == JSON else {"status": "missed", "message": messages_of(client), "redirect": ""}
    assert (said["status"], MISSED in said["message"], GRANTED in said["message"]) == ("missed", True, False)
    assert Refund.objects.get(ref=booking.pk).amount == 1000


@pytest.mark.parametrize("minutes", ["", "0", "-30", "7", "1441", "soon"])
def test_minutes_nobody_offered_are_refused(client, paid_with, minutes):
    booking = paid_with(GOOD_CARD)
    answer = tap(client, booking, minutes)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_room_for_more")
    assert not booking.extensions.exists()


@pytest.mark.parametrize("name", ["more", "extend"])
def test_somebody_elses_booking_is_not_there(client, paid_with, stranger, name):
    booking = paid_with(GOOD_CARD)
    for somebody in (stranger, booking.companion):
        client.force_login(somebody)
        ask = (
            tap if name == "extend" else lambda client, booking: client.get(reverse("bookings:more", args=[booking.pk]))
        )
        assert ask(client, booking).status_code == 404
    assert not booking.extensions.exists()


def test_nobody_pays_with_a_card_of_somebody_else(client, paid_with, stranger):
    booking = paid_with(GOOD_CARD)
    SavedCard.objects.update(user=stranger)
    assert tap(client, booking).status_code == 404


def test_the_bill_of_what_runs_shows_what_goes_back_and_what_is_unused(client, client_user, listing):
    booking = live(client_user, listing)
    extension = services.extend(booking=booking, by=client_user, minutes=15, request_key=uuid4())
    services.drop_extension(extension=extension, by=client_user)
    pay_on_top(extension)
    client.force_login(client_user)
    page = client.get(reverse("bookings:receipt", args=[booking.pk]), headers=ENGLISH).content.decode()
    assert re.findall(r'class="money back">¥([\d.]+)<', page) == ["5", "10"]
