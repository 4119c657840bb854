"""The client's tap on more time: what he reads is what became of his time, not only of his card."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from bookings import services
from bookings.models import Booking, Extension
from chat.models import Message
from listings import services as listings
from listings.models import TakenTime
from payments import services as payments
from payments.models import Payment, Refund, SavedCard
from tests.orders import live, ordered, pay_on_top, speak
from tests.payments.paying import BAD_LATER
from tests.stand_in import GOOD_CARD
from tests.visits import a_place, together

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
JSON = ENGLISH | {"accept": "application/json"}
ASKED_BY_ITS_BANK = "4000002760003184"
DROPPED = "All right, no time is added. If you have just paid, all of it comes back."
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


def promise_what_follows(booking: Booking) -> None:
    soon = TakenTime.objects.get(ref=booking.pk).free_again_at + timedelta(minutes=20)
    hour = {"starts_at": soon, "ends_at": soon + timedelta(hours=1)}
    listings.take_time(companion=booking.listing.companion, ref=uuid4(), **hour)


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
    back = reverse("bookings:extended", args=[booking.pk, booking.extensions.get().pk])
    assert (answer.status_code, answer["Location"]) == (303, back)
    assert client.get(back, headers=ENGLISH)["Location"] == reverse("chat:room", args=[booking.pk])
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
    assert (page.status_code, page["Location"]) == (303, reverse("bookings:more", args=[booking.pk]))
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
@pytest.mark.parametrize("how", ["over", "dropped", "promised"])
def test_money_that_came_too_late_is_not_called_time(client, paid_with, monkeypatch, how, headers):
    booking = paid_with(GOOD_CARD)

    def happens() -> None:
        if how == "over":
            services.end(booking=booking, by=booking.companion)
        elif how == "promised":
            promise_what_follows(booking)
        else:
            services.drop_extension(extension=booking.extensions.get(), by=booking.client)

    meanwhile(monkeypatch, happens)
    answer = tap(client, booking, headers=headers)
    if headers == ENGLISH:
        client.get(answer["Location"], headers=ENGLISH)
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
    answer = tap(client, booking)
    assert (answer.status_code, answer.json()["code"]) == (409, "card_gone")
    assert not Payment.objects.filter(card__isnull=False).exists()


def test_where_a_script_is_missing_the_bank_is_a_link(client, paid_with, stand_in):
    booking = paid_with(ASKED_BY_ITS_BANK)
    page = tap(client, booking, headers=ENGLISH)
    assert page.status_code == 200 and f'href="{stand_in.url}' in page.text
    more = client.get(reverse("bookings:more", args=[booking.pk]), headers=ENGLISH).text
    assert "Your bank has not confirmed it yet" in more


def test_the_bill_of_what_runs_shows_what_goes_back_and_what_is_unused(client, client_user, listing):
    booking = live(client_user, listing)
    extension = services.extend(booking=booking, by=client_user, minutes=15, request_key=uuid4())
    services.drop_extension(extension=extension, by=client_user)
    pay_on_top(extension)
    client.force_login(client_user)
    page = client.get(reverse("bookings:receipt", args=[booking.pk]), headers=ENGLISH).content.decode()
    assert re.findall(r'class="money back">¥([\d.]+)<', page) == ["5", "10"]


class TestOvertimeSheAskedFor:
    @pytest.fixture
    def visit(self, client, client_user) -> Booking:
        client.force_login(client_user)
        return together(client_user, a_place("wenhua"))

    def asked(self, visit: Booking, minutes: int = 30) -> Extension:
        return services.ask_for_more(booking=visit, by=visit.companion, minutes=minutes, request_key=uuid4())

    def drop(self, client, extension: Extension, headers: dict = ENGLISH):
        address = reverse("bookings:drop_extension", args=[extension.booking_id, extension.pk])
        return client.post(address, headers=headers)

    @pytest.mark.parametrize("dialog", [{}, {"HX-Request": "true"}], ids=["page", "dialog"])
    def test_can_be_declined_where_it_is_shown(self, client, visit, dialog):
        extension = self.asked(visit)
        page = client.get(reverse("bookings:more", args=[visit.pk]), headers=ENGLISH | dialog).content.decode()
        assert "No, thanks" in page
        assert reverse("bookings:drop_extension", args=[visit.pk, extension.pk]) in page

    def test_nothing_is_to_decline_where_nothing_was_asked(self, client, visit):
        page = client.get(reverse("bookings:more", args=[visit.pk]), headers=ENGLISH).content.decode()
        assert "No, thanks" not in page

    def test_she_hears_it_in_the_talk_and_reads_it_on_the_booking(self, client, visit):
        answer = self.drop(client, self.asked(visit))
        assert (answer.status_code, answer["Location"]) == (302, reverse("bookings:detail", args=[visit.pk]))
        line = Message.objects.filter(kind=Message.Kind.SYSTEM).latest("seq")
        assert json.loads(line.body) == {"event": "not_extended", "reason": None, "minutes": 30}
        client.force_login(visit.companion)
        page = client.get(reverse("bookings:detail", args=[visit.pk]), headers=ENGLISH).content.decode()
        assert "30 min more declined" in page

    def test_her_open_page_is_drawn_anew(self, client, visit):
        def version() -> str:
            client.force_login(visit.companion)
            page = client.get(reverse("bookings:detail", args=[visit.pk])).content.decode()
            client.force_login(visit.client)
            return re.search(r'data-version="([^"]*)"', page)[1]

        before = version()
        extension = self.asked(visit)
        asked = version()
        self.drop(client, extension)
        assert len({before, asked, version()}) == 3

    def test_declined_once_is_told_once(self, client, visit):
        extension = self.asked(visit)
        answers = [self.drop(client, extension, JSON).json() for _ in range(2)]
        assert answers == [{"status": "dropped", "message": DROPPED}] * 2
        assert visit.steps.filter(state="not_extended").count() == 1

    def test_a_page_from_before_does_not_decline_what_she_asked_since(self, client, visit):
        before, since = self.asked(visit), self.asked(visit, 60)
        self.drop(client, before)
        since.refresh_from_db()
        assert since.state == Extension.State.ASKED

    def test_what_he_has_paid_stays(self, client, visit):
        self.asked(visit)
        paid = pay_on_top(services.extend(booking=visit, by=visit.client, minutes=30, request_key=uuid4()))
        assert self.drop(client, paid, JSON).json() == {"status": "granted", "message": GRANTED}

    def test_of_what_has_ended_nothing_is_told(self, client, visit):
        extension = self.asked(visit)
        services.end(booking=visit, by=visit.client)
        self.drop(client, extension)
        extension.refresh_from_db()
        assert extension.state == Extension.State.DROPPED
        assert not visit.steps.filter(state="not_extended").exists()

    def test_paid_it_is_told_where_the_visit_runs(self, client, visit):
        extension = pay_on_top(services.extend(booking=visit, by=visit.client, minutes=30, request_key=uuid4()))
        back = client.get(reverse("bookings:extended", args=[visit.pk, extension.pk]), headers=ENGLISH)
        assert (back.status_code, back["Location"]) == (302, reverse("bookings:detail", args=[visit.pk]))
        assert GRANTED in messages_of(client)

    def test_nobody_else_declines_it(self, client, visit, stranger):
        extension = self.asked(visit)
        for somebody in (visit.companion, stranger):
            client.force_login(somebody)
            assert self.drop(client, extension).status_code == 404
        extension.refresh_from_db()
        assert extension.state == Extension.State.ASKED


def test_what_she_asks_for_stands_on_his_page_of_the_visit(client, client_user):
    booking = together(client_user, a_place("shen"))
    services.ask_for_more(booking=booking, by=booking.companion, minutes=30, request_key=uuid4())
    client.force_login(client_user)
    for name in ("detail", "more"):
        page = re.sub(
            r"\s+", " ", client.get(reverse(f"bookings:{name}", args=[booking.pk]), headers=ENGLISH).content.decode()
        )
        assert "shen asks for 30 min more, ¥40." in page
        assert "A little longer" not in page and "The talk goes on" not in page
