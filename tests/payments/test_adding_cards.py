"""A card is left on a page of its own without paying: once, however it is told, and by nobody else."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from payments import services, tasks
from payments.errors import CardExpired
from payments.models import CardSetup, SavedCard, StripeCustomer, StripeEvent
from payments.services.adding import MOST_AN_HOUR
from tests.payments.paying import another, charge, charges, kept_at_stripe, paid
from tests.stand_in import DECLINED_CARD, GOOD_CARD
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
ADD, CARDS, ADDED = "/me/cards/add/", "/me/cards/", "/me/cards/added/"
ALWAYS, UNTIL_SET_UP = "4000002760003184", "4000002500003155"
NOTHING = "No card was saved, and nothing was taken."


@pytest.fixture
def mine(client, client_user, stand_in):
    client.force_login(client_user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def page_of(client) -> str:
    answer = client.post(ADD)
    assert answer.status_code == 303
    return answer["Location"]


def left(stand_in, page: str, card: str = GOOD_CARD) -> str:
    """The path the payer is led back to after the page, and after the bank if that asks."""
    onward = stand_in.pay(page, card=card).headers["location"]
    if "page=" not in onward:
        onward = stand_in.prove(onward).headers["location"]
    return path(onward)


def path(url: str) -> str:
    return urlsplit(url)._replace(scheme="", netloc="").geturl()


def work() -> None:
    for event in StripeEvent.objects.filter(processed_at=None):
        services.apply_event(event_id=event.pk)


def heard(kind: str) -> None:
    until(lambda: StripeEvent.objects.filter(type=kind).exists(), what=f"the webhook {kind}")
    work()


def test_back_from_the_page_the_card_is_there_and_pays_at_one_tap(stand_in, mine, client_user, payment):
    text = mine.get(left(stand_in, page_of(mine)), follow=True).text
    assert "Visa •••• 4242 is saved. You can pay with it at one tap now." in text
    [card] = services.saved_cards(user=client_user)
    assert kept_at_stripe(stand_in) == [card.stripe_id]
    assert charges(stand_in) == []
    assert charge(payment, card).status == "succeeded"


def test_the_row_and_its_key_are_there_before_stripe_is_asked(stand_in, mine):
    stand_in.control("faults", path="/v1/checkout/sessions", method="POST", kind="drop", times=3)
    assert mine.post(ADD, follow=True).status_code == 200
    assert CardSetup.objects.get().session_id is None
    page_of(mine)
    assert CardSetup.objects.get().session_id == stand_in.listed("checkout/sessions")[0]["id"]
    assert len(stand_in.listed("checkout/sessions")) == 1


def test_the_webhook_alone_is_enough(stand_in, mine, client_user, live_server):
    stand_in.listen(live_server.url)
    left(stand_in, page_of(mine))
    heard("checkout.session.completed")
    assert [card.last4 for card in services.saved_cards(user=client_user)] == ["4242"]
    assert CardSetup.objects.get().status == "kept"


@pytest.mark.parametrize("first", ["webhook", "return"])
def test_in_any_order_they_are_one_card(stand_in, mine, client_user, live_server, first):
    stand_in.listen(live_server.url)
    back = left(stand_in, page_of(mine))
    until(lambda: StripeEvent.objects.filter(type="checkout.session.completed").exists(), what="the webhook")
    steps = [work, lambda: mine.get(back)]
    for step in steps if first == "webhook" else reversed(steps):
        step()
    mine.get(back)
    assert SavedCard.objects.count() == 1


def test_the_webhook_finds_a_page_whose_id_was_never_written_down(stand_in, mine, client_user, live_server):
    stand_in.listen(live_server.url)
    page = page_of(mine)
    CardSetup.objects.update(session_id=None)
    left(stand_in, page)
    heard("checkout.session.completed")
    assert (CardSetup.objects.get().status, SavedCard.objects.count()) == ("kept", 1)


def test_without_webhook_and_return_the_round_finds_out(stand_in, mine, client_user):
    left(stand_in, page_of(mine))
    CardSetup.objects.update(created_at=timezone.now() - timedelta(hours=1))
    tasks.ask_stripe()
    assert len(services.saved_cards(user=client_user)) == 1


def test_who_turns_back_is_told_so_quietly(stand_in, mine):
    page_of(mine)
    assert NOTHING in mine.get(ADDED, follow=True).text
    [setup] = CardSetup.objects.all()
    assert NOTHING in mine.get(f"{ADDED}?page={setup.session_id}", follow=True).text
    assert not SavedCard.objects.exists()


def test_a_page_that_expired_is_over(stand_in, mine, live_server):
    stand_in.listen(live_server.url)
    page_of(mine)
    [setup] = CardSetup.objects.all()
    stand_in.api.post(f"/v1/checkout/sessions/{setup.session_id}/expire").raise_for_status()
    heard("checkout.session.expired")
    assert CardSetup.objects.get().status == "closed"
    assert NOTHING in mine.get(f"{ADDED}?page={setup.session_id}", follow=True).text


def test_one_that_stripe_never_opened_is_over_after_a_day(mine, client_user):
    CardSetup.objects.create(user=client_user)
    CardSetup.objects.update(created_at=timezone.now() - timedelta(hours=25))
    tasks.ask_stripe()
    assert CardSetup.objects.get().status == "closed"


def test_a_declined_card_stays_on_the_page(stand_in, mine, client_user):
    page = page_of(mine)
    assert stand_in.pay(page, card=DECLINED_CARD).status_code == 402
    assert services.saved_cards(user=client_user) == []
    mine.get(left(stand_in, page))
    assert len(services.saved_cards(user=client_user)) == 1


@pytest.mark.parametrize(("number", "later"), [(UNTIL_SET_UP, "succeeded"), (ALWAYS, "requires_action")])
def test_the_bank_asks_on_the_page_and_perhaps_later(stand_in, mine, client_user, payment, number, later):
    mine.get(left(stand_in, page_of(mine), number))
    [card] = services.saved_cards(user=client_user)
    assert charge(payment, card).status == later


def test_who_fails_at_the_bank_has_no_card(stand_in, mine, client_user):
    bank = stand_in.pay(page_of(mine), card=ALWAYS).headers["location"]
    stand_in.prove(bank, "fail")
    mine.get(f"{ADDED}?page={CardSetup.objects.get().session_id}")
    assert services.saved_cards(user=client_user) == []


def test_a_card_that_was_there_is_there_once(stand_in, mine, client_user, payment, at_once):
    paid(stand_in, payment)
    mine.get(left(stand_in, page_of(mine)))
    tasks.catch_up()
    assert kept_at_stripe(stand_in) == [card.stripe_id for card in services.saved_cards(user=client_user)]


@pytest.mark.books_differ("the stand-in forgot its balance with the customer")
def test_a_customer_that_stripe_has_forgotten_is_made_anew(stand_in, mine, client_user, payment):
    paid(stand_in, payment)
    stand_in.control("reset")
    mine.get(left(stand_in, page_of(mine)))
    assert [card.stripe_id for card in services.saved_cards(user=client_user)] == kept_at_stripe(stand_in)
    assert charge(another(payment), services.saved_cards(user=client_user)[0]).status == "succeeded"


def test_a_page_that_stripe_has_forgotten_is_over(stand_in, mine):
    page_of(mine)
    stand_in.control("reset")
    assert NOTHING in mine.get(f"{ADDED}?page={CardSetup.objects.get().session_id}", follow=True).text
    assert CardSetup.objects.get().status == "closed"


def test_the_page_of_somebody_else_is_not_there(stand_in, mine, stranger, client_user):
    back = left(stand_in, page_of(mine))
    mine.force_login(stranger)
    assert mine.get(back).status_code == 404
    assert mine.get(f"{ADDED}?page=cs_none").status_code == 404
    assert not SavedCard.objects.exists()


def test_a_card_of_another_customer_is_none_of_ours(stand_in, mine, client_user):
    back = left(stand_in, page_of(mine))
    StripeCustomer.objects.update(stripe_id="cus_another")
    assert NOTHING in mine.get(back, follow=True).text
    assert (CardSetup.objects.get().status, SavedCard.objects.count()) == ("closed", 0)


def test_a_removed_card_does_not_come_back_with_a_late_webhook(stand_in, mine, client_user, live_server):
    stand_in.listen(live_server.url)
    mine.get(left(stand_in, page_of(mine)))
    services.forget_card(card=SavedCard.objects.get(), by=client_user)
    heard("checkout.session.completed")
    assert services.saved_cards(user=client_user) == []


def test_pages_are_opened_so_many_times_an_hour(stand_in, mine, client_user, other_client):
    for _ in range(MOST_AN_HOUR):
        page_of(mine)
    answer = mine.post(ADD, headers={"referer": f"http://testserver{CARDS}"}, follow=True)
    assert "Please try again in an hour." in answer.text
    assert CardSetup.objects.count() == MOST_AN_HOUR
    CardSetup.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    page_of(mine)


def test_stripe_not_answering_is_said_and_the_card_comes_later(stand_in, mine, client_user):
    back = left(stand_in, page_of(mine))
    stand_in.control("faults", path="/v1/checkout/sessions/*", method="GET", kind="drop", times=3)
    assert "It stands here in a moment." in mine.get(back, follow=True).text
    stand_in.recover()
    mine.get(back)
    assert len(services.saved_cards(user=client_user)) == 1


def test_only_who_is_signed_in_adds_one_and_only_by_a_form(client, client_user):
    assert client.post(ADD).status_code == client.get(ADDED).status_code == 302
    client.force_login(client_user)
    assert client.get(ADD).status_code == 405
    assert not CardSetup.objects.exists()


class TestWhatBecomesOfACard:
    @pytest.fixture
    def card(self, stand_in, mine, client_user) -> SavedCard:
        mine.get(left(stand_in, page_of(mine)))
        return services.saved_cards(user=client_user)[0]

    def test_a_new_expiry_is_taken_over(self, stand_in, card, live_server):
        stand_in.listen(live_server.url)
        stand_in.api.post(
            f"/v1/payment_methods/{card.stripe_id}", data={"card[exp_month]": 3, "card[exp_year]": 2044}
        ).raise_for_status()
        heard("payment_method.updated")
        assert SavedCard.objects.get().expiry == "03/44"

    def test_taken_away_at_stripe_it_is_shown_no_more(self, stand_in, card, client_user, live_server):
        stand_in.listen(live_server.url)
        stand_in.api.post(f"/v1/payment_methods/{card.stripe_id}/detach").raise_for_status()
        heard("payment_method.detached")
        assert services.saved_cards(user=client_user) == []
        assert SavedCard.objects.get().detached_at

    def test_expired_it_is_shown_as_such_and_not_offered(self, stand_in, card, mine, client_user, payment):
        today = timezone.localdate()
        SavedCard.objects.update(exp_month=today.month, exp_year=today.year)
        assert services.cards_to_offer(user=client_user) == [card]
        SavedCard.objects.update(exp_year=today.year - 1)
        assert services.cards_to_offer(user=client_user) == []
        assert "it is not offered any more" in mine.get(CARDS).text
        with pytest.raises(CardExpired):
            charge(payment, card)
        assert mine.post(reverse("payments:forget_card", args=[card.pk])).status_code == 302
