"""Several cards are saved: the payer chooses, wherever something is paid by one of them."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from payments import services
from payments.models import Payment, SavedCard
from tests.bookings.test_paying_by_card import ENGLISH
from tests.cast import a_listing, a_saved_card
from tests.extras.asking import asked
from tests.orders import live, on_the_half_hour, ordered
from tests.papers import identify
from tests.parties.tables import a_table
from tests.visits import a_place, together

pytestmark = pytest.mark.django_db
RADIO = re.compile(r'<input type="radio"\s+name="with_card"\s+value="(\d+)"( checked)?>')


@pytest.fixture
def cards(client, client_user) -> tuple[SavedCard, SavedCard]:
    """The older one and the newer one."""
    client.force_login(client_user)
    return a_saved_card(client_user, "1111"), a_saved_card(client_user, "2222")


def used(card: SavedCard, client_user) -> None:
    """Something was paid with it just now."""
    ref = "00000000-0000-4000-8000-000000000001"
    payment = services.open_payment(payer=client_user, ref=ref, amount=100, description="早前")
    paid = {"status": "succeeded", "charge_id": "ch_1", "payment_intent_id": "pi_1", "succeeded_at": timezone.now()}
    Payment.objects.filter(pk=payment.pk).update(card=card, **paid)


def chosen_on(page: str) -> tuple[list[int], list[int]]:
    """All that are offered, in order, and those that are chosen."""
    found = RADIO.findall(page)
    return [int(pk) for pk, _ in found], [int(pk) for pk, checked in found if checked]


def test_what_was_paid_with_last_comes_first_and_what_expired_not_at_all(client_user, cards):
    older, newer = cards
    assert services.cards_to_offer(user=client_user) == [newer, older]
    used(older, client_user)
    assert services.cards_to_offer(user=client_user) == [older, newer]
    SavedCard.objects.filter(pk=older.pk).update(exp_year=2020)
    assert services.cards_to_offer(user=client_user) == [newer]


def test_all_of_them_are_offered_wherever_something_is_paid(client, client_user, listing, cards):
    older, newer = cards
    used(older, client_user)
    booking, running = ordered(client_user, listing), live(client_user, a_listing("momo"))
    clinic, start = a_place("shen"), on_the_half_hour(96).isoformat()
    table = a_table(client_user, a_place("he", kind="dining"))
    pages = [
        reverse("listings:detail", args=[listing.pk]),
        reverse("bookings:detail", args=[booking.pk]),
        reverse("bookings:more", args=[running.pk]),
        reverse("visits:plan", args=[clinic.pk]) + f"?minutes=240&starts_at={start}",
        reverse("bookings:detail", args=[table.pk]),
    ]
    for page in pages:
        offers(client, page, [older, newer])


def test_they_are_offered_for_what_was_laid_out_too(client, client_user, cards):
    extra = asked(together(client_user, a_place("hua")))
    offers(client, reverse("bookings:detail", args=[extra.booking_id]), list(reversed(cards)))


def offers(client, page: str, cards: list[SavedCard]) -> None:
    text = client.get(page, headers=ENGLISH).text
    offered, chosen = chosen_on(text)
    assert offered[:2] == [card.pk for card in cards] and set(chosen) == {cards[0].pk}, page
    assert "with this card" in text, page


def test_what_was_chosen_stays_chosen_on_a_form_that_is_shown_again(client, client_user, cards):
    older, newer = cards
    clinic = a_place("shen")
    identify(client_user)
    form = {"minutes": 240, "starts_at": on_the_half_hour(96).isoformat(), "with_card": older.pk, "later": "1"}
    text = client.post(reverse("visits:plan", args=[clinic.pk]), form, headers=ENGLISH).text
    assert chosen_on(text) == ([newer.pk, older.pk], [older.pk])


def test_enter_in_a_field_of_the_plan_charges_no_card(client, client_user, cards):
    clinic = a_place("shen")
    identify(client_user)
    url = reverse("visits:plan", args=[clinic.pk]) + f"?minutes=240&starts_at={on_the_half_hour(96).isoformat()}"
    text = client.get(url, headers=ENGLISH).text
    first = re.search(r"<button[^>]*>", text.split('<form class="form card"')[1])[0]
    assert 'name="elsewhere"' in first


def test_with_one_card_there_is_nothing_to_choose(client, client_user, listing):
    a_saved_card(client_user)
    client.force_login(client_user)
    text = client.get(reverse("listings:detail", args=[listing.pk]), headers=ENGLISH).text
    assert chosen_on(text) == ([], []) and "with Visa •••• 4242" in text
