"""The page on which people see the cards they can pay with, and take them away."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from payments import services, tasks
from payments.models import SavedCard
from tests.cast import a_saved_card
from tests.payments.paying import kept_at_stripe, paid

CARDS = "/me/cards/"


def remove(card: SavedCard) -> str:
    return reverse("payments:forget_card", args=[card.pk])


@pytest.fixture
def mine(client, client_user):
    client.force_login(client_user)
    return client


@pytest.mark.django_db
def test_only_who_is_signed_in_has_cards(client, client_user):
    card = a_saved_card(client_user)
    assert client.get(CARDS).status_code == 302
    assert client.post(remove(card)).status_code == 302
    assert SavedCard.objects.of(client_user).exists()


@pytest.mark.django_db
def test_the_profile_leads_there_and_without_cards_it_says_what_for(mine):
    assert f'href="{CARDS}"' in mine.get("/me/").text
    assert "还没有保存的卡" in mine.get(CARDS, headers={"Accept-Language": "zh-CN"}).text


@pytest.mark.django_db
def test_ones_own_cards_are_listed_in_both_languages(mine, client_user, stranger):
    a_saved_card(client_user)
    SavedCard.objects.create(
        user=client_user, stripe_id="pm_2", brand="unionpay", last4="0005", exp_month=1, exp_year=2031
    )
    a_saved_card(stranger, "9999")
    page = mine.get(CARDS, headers={"Accept-Language": "en"}).text
    assert "Visa •••• 4242" in page and "UnionPay •••• 0005" in page and "01/31" in page
    assert "9999" not in page
    mine.cookies["django_language"] = "zh-hans"
    assert "银联 •••• 0005" in mine.get(CARDS).text


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 3])
def test_more_cards_are_not_more_queries(mine, client_user, number):
    for at in range(number):
        a_saved_card(client_user, f"000{at}")
    mine.get(CARDS)
    with CaptureQueriesContext(connection) as queries:
        mine.get(CARDS)
    assert len([one for one in queries if "savedcard" in one["sql"]]) == 1


@pytest.mark.django_db
def test_somebody_elses_card_and_a_removed_one_are_not_there(mine, client_user, stranger):
    assert mine.post(remove(a_saved_card(stranger))).status_code == 404
    assert services.saved_cards(user=stranger) != []
    card = a_saved_card(client_user)
    assert mine.get(remove(card)).status_code == 405
    assert mine.post(remove(card)).headers["location"] == CARDS
    assert mine.post(remove(card)).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_card_paid_with_is_there_and_once_removed_gone_everywhere(stand_in, payment, mine, client_user, at_once):
    paid(stand_in, payment)
    assert "Visa •••• 4242" in mine.get(CARDS).text
    [card] = services.saved_cards(user=client_user)
    assert "Visa •••• 4242" not in mine.post(remove(card), follow=True).text
    tasks.catch_up()
    assert kept_at_stripe(stand_in) == []
