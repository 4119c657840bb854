"""The first payment with a saved card: named on the button, one tap, and every answer of its bank is said."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking, State
from parties.services import invitation
from payments import services as payments
from payments import tasks
from payments.models import Payment, Refund, SavedCard
from payments.services import ways
from tests.cast import a_saved_card
from tests.orders import ordered
from tests.parties.tables import a_guest, a_table
from tests.payments.paying import BAD_LATER, charges, paid
from tests.stand_in import GOOD_CARD
from tests.visits import a_place

pytestmark = pytest.mark.django_db(transaction=True)
ASKED_BY_ITS_BANK = "4000002760003184"
ENGLISH = {"accept-language": "en", "accept": "text/html"}
NAMED, OTHERWISE = "with Visa •••• ", "Another card, Alipay or WeChat"


@pytest.fixture
def card(stand_in, client, client_user):
    """`card(number)`: kept by an earlier payment of the client, who is signed in."""

    def kept(number: str = GOOD_CARD) -> SavedCard:
        client.force_login(client_user)
        earlier = payments.open_payment(payer=client_user, ref=uuid4(), amount=700, description="早前")
        url = payments.checkout_url(payment=earlier, success_url="http://test/", cancel_url="http://test/")
        onward = stand_in.pay(url, number).headers["location"]
        if number == ASKED_BY_ITS_BANK:
            stand_in.prove(onward)
        payments.sync_payment(payment=Payment.objects.get(pk=earlier.pk))
        return payments.saved_cards(user=client_user)[0]

    return kept


@pytest.fixture
def booking(client_user, listing) -> Booking:
    return ordered(client_user, listing)


def tap(client, booking: Booking, card: SavedCard | str = "", name: str = "bookings:pay"):
    chosen = card.pk if isinstance(card, SavedCard) else card
    return client.post(reverse(name, args=[booking.pk]), {"card": chosen}, headers=ENGLISH)


def page_of(client, booking: Booking, name: str = "bookings:detail") -> str:
    return client.get(reverse(name, args=[booking.pk]), headers=ENGLISH).text


def state(booking: Booking) -> str:
    booking.refresh_from_db()
    return booking.state


def bank_of(answer, stand_in) -> str:
    """Where the link on the page leads: a form may not be redirected there."""
    assert answer.status_code == 200 and "Your bank asks" in answer.text
    return answer.text.split(f'href="{stand_in.url}')[1].split('"')[0].join([stand_in.url, ""])


def test_booked_and_paid_at_one_tap(client, card, listing, stand_in):
    kept = card()
    page = client.get(reverse("listings:detail", args=[listing.pk]), headers=ENGLISH).text
    assert "Pay {sum} with Visa •••• 4242" in page and OTHERWISE in page
    form = {"minutes": 30, "request_key": str(uuid4()), "seen_fen": listing.price_fen, "card": kept.pk}
    for _ in range(2):
        answer = client.post(reverse("bookings:start", args=[listing.pk]), form, headers=ENGLISH)
    booking = Booking.objects.get()
    assert (answer.status_code, state(booking)) == (303, State.REQUESTED)
    assert len(charges(stand_in, 1000)) == 1


def test_from_its_own_page_with_the_sum_and_the_card_named(client, card, booking):
    kept = card()
    page = page_of(client, booking)
    assert "Pay ¥10 with Visa •••• 4242" in page and OTHERWISE in page
    assert tap(client, booking, kept)["Location"] == reverse("bookings:returned", args=[booking.pk])
    assert state(booking) == State.REQUESTED


def test_another_way_is_the_payment_page(client, card, booking, stand_in):
    card()
    assert tap(client, booking)["Location"].startswith(stand_in.url)


def test_who_has_no_card_or_an_expired_one_goes_to_the_payment_page(client, card, booking):
    card()
    SavedCard.objects.update(exp_year=timezone.localdate().year - 1)
    page = page_of(client, booking)
    assert NAMED not in page and OTHERWISE not in page and "Pay ¥10" in page
    tap(client, booking, SavedCard.objects.get())
    assert "This card has expired." in page_of(client, booking)
    assert state(booking) == State.AWAITING_PAYMENT


def test_declined_it_says_so_and_offers_another_way(client, card, booking, stand_in):
    answer = tap(client, booking, card(BAD_LATER))
    assert answer["Location"] == reverse("bookings:detail", args=[booking.pk])
    page = page_of(client, booking)
    assert "The card was declined." in page and OTHERWISE in page
    assert "has not confirmed it yet" not in page
    stand_in.pay(tap(client, booking)["Location"])
    client.get(reverse("bookings:returned", args=[booking.pk]))
    assert state(booking) == State.REQUESTED


def test_the_bank_asks_and_the_way_back_tells(client, card, booking, stand_in):
    back = stand_in.prove(bank_of(tap(client, booking, card(ASKED_BY_ITS_BANK)), stand_in)).headers["location"]
    assert reverse("bookings:returned", args=[booking.pk]) in back
    client.get(reverse("bookings:returned", args=[booking.pk]))
    assert state(booking) == State.REQUESTED


def test_who_leaves_the_bank_reads_how_it_stands_and_goes_on_there(client, card, booking, stand_in):
    kept = card(ASKED_BY_ITS_BANK)
    bank = bank_of(tap(client, booking, kept), stand_in)
    page = page_of(client, booking)
    assert "Your bank has not confirmed it yet, and nothing was taken." in page and OTHERWISE in page
    assert bank_of(tap(client, booking, kept), stand_in) == bank
    assert len(stand_in.listed("payment_intents")) == 2


def test_who_never_comes_back_finds_it_open_again_and_the_bank_page_dead(client, card, booking, stand_in, monkeypatch):
    bank = bank_of(tap(client, booking, card(ASKED_BY_ITS_BANK)), stand_in)
    now = Payment.objects.get(ref=booking.pk).expires_s + 1
    monkeypatch.setattr(ways, "time", SimpleNamespace(time=lambda: now))
    client.get(reverse("bookings:returned", args=[booking.pk]))
    stand_in.prove(bank)
    page = page_of(client, booking)
    assert "has not confirmed it yet" not in page and NAMED in page
    assert charges(stand_in, 1000) == []


def test_who_fails_at_the_bank_reads_that_it_was_declined(client, card, booking, stand_in):
    stand_in.prove(bank_of(tap(client, booking, card(ASKED_BY_ITS_BANK)), stand_in), "fail")
    client.get(reverse("bookings:returned", args=[booking.pk]))
    assert "The card was declined." in page_of(client, booking)
    assert (state(booking), charges(stand_in, 1000)) == (State.AWAITING_PAYMENT, [])


def test_while_nobody_knows_it_cannot_be_paid_again(client, card, booking, stand_in, monkeypatch):
    kept = card()
    stand_in.control("faults", path="/v1/payment_intents/*/confirm", method="POST", kind="drop", times=3)
    assert tap(client, booking, kept)["Location"] == reverse("bookings:detail", args=[booking.pk])
    page = page_of(client, booking)
    assert "We are finding out whether your card was charged." in page
    assert NAMED not in page and OTHERWISE not in page
    monkeypatch.setattr(tasks, "SETTLING_TIME", timedelta(0))
    tasks.catch_up()
    assert (state(booking), len(charges(stand_in, 1000))) == (State.REQUESTED, 1)


def test_what_is_over_is_not_paid_for(client, card, booking, stand_in):
    kept = card()
    Booking.objects.update(due_ms=1)
    assert tap(client, booking, kept)["Location"] == reverse("bookings:detail", args=[booking.pk])
    assert charges(stand_in, 1000) == [] and not Refund.objects.exists()


@pytest.mark.parametrize("what", ["theirs", "removed", "x", "9" * 30])
def test_only_ones_own_cards(client, card, booking, other_client, client_user, stand_in, what):
    kept = card()
    if what == "theirs":
        what = a_saved_card(other_client)
    elif what == "removed":
        payments.forget_card(card=kept, by=client_user)
        what = kept
    assert tap(client, booking, what)["Location"] == reverse("bookings:detail", args=[booking.pk])
    assert "This card is not saved any more." in page_of(client, booking)
    assert charges(stand_in, 1000) == []


class TestSeveralWhoPay:
    @pytest.fixture
    def table(self, client_user) -> Booking:
        return a_table(client_user, a_place("ruby", kind="dining"), 2)

    @pytest.fixture
    def guest(self, client, stand_in):
        """Somebody identified with a saved card, signed in."""
        user = a_guest("he")
        earlier = payments.open_payment(payer=user, ref=uuid4(), amount=700, description="早前")
        paid(stand_in, earlier)
        client.force_login(user)
        return user

    def test_a_guest_reads_his_part_and_pays_it_at_one_tap(self, client, table, guest, stand_in):
        token = invitation(table).rstrip("/").rsplit("/", 1)[-1]
        joined = client.post(reverse("parties:join", args=[token]), headers=ENGLISH)
        assert joined["Location"] == reverse("parties:seat", args=[table.pk])
        share = table.shares.get(payer=guest)
        page = page_of(client, table, "parties:seat")
        assert f"Pay ¥{share.amount_fen // 100} with Visa •••• 4242" in page
        answer = tap(client, table, SavedCard.objects.get(user=guest), "parties:pay")
        assert answer["Location"] == reverse("parties:returned", args=[table.pk])
        share.refresh_from_db()
        assert share.state == "paid"

    def test_who_ordered_pays_his_part_and_the_rest(self, client, table, card):
        kept = card()
        assert "Pay ¥" in page_of(client, table) and NAMED in page_of(client, table)
        tap(client, table, kept)
        assert state(table) == State.AWAITING_PAYMENT
        tap(client, table, kept, "parties:rest")
        assert state(table) == State.REQUESTED


MASTERCARD = "5555555555554444"


def test_of_several_cards_the_chosen_one_is_charged(client, card, booking):
    older, _ = card(), card(MASTERCARD)
    tap(client, booking, older)
    assert state(booking) == State.REQUESTED
    assert Payment.objects.get(ref=booking.pk).card == older


def test_though_a_card_is_chosen_another_way_can_be_taken(client, card, booking, stand_in):
    older, _ = card(), card(MASTERCARD)
    form = {"with_card": older.pk, "elsewhere": "1"}
    answer = client.post(reverse("bookings:pay", args=[booking.pk]), form, headers=ENGLISH)
    assert answer["Location"].startswith(stand_in.url)
    assert Payment.objects.get(ref=booking.pk).card is None
