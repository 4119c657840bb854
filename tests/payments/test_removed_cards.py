"""A card that is removed is never charged again, whatever was under way with it."""

import pytest

from payments import services, tasks
from payments.errors import CardGone, ProviderUnavailable
from payments.gateway import provider
from payments.models import Payment, SavedCard
from payments.services import charging, detaching
from payments.services.books import check_books
from tests.payments.paying import another, charge, charges, intents, kept_at_stripe, paid
from tests.rivals import rival

pytestmark = pytest.mark.django_db(transaction=True)
ALWAYS = "4000002760003184"


@pytest.fixture
def card(stand_in, payment) -> SavedCard:
    paid(stand_in, payment)
    return services.saved_cards(user=payment.payer)[0]


@pytest.fixture
def asking(stand_in, payment) -> SavedCard:
    """Its bank asks each time."""
    first = services.checkout_url(payment=payment, success_url="http://test/", cancel_url="http://test/")
    stand_in.prove(stand_in.pay(first, card=ALWAYS).headers["location"])
    services.sync_payment(payment=Payment.objects.get(pk=payment.pk))
    return services.saved_cards(user=payment.payer)[0]


@pytest.fixture
def more(payment) -> Payment:
    return another(payment)


def remove(card: SavedCard) -> None:
    services.forget_card(card=card, by=card.user)


def now(payment: Payment) -> Payment:
    return Payment.objects.get(pk=payment.pk)


def test_while_its_bank_asks_the_charge_is_cancelled(stand_in, asking, more, at_once):
    bank = charge(more, asking).redirect_url
    remove(asking)
    tasks.catch_up()
    stand_in.prove(bank)
    assert (now(more).status, charges(stand_in, 500), kept_at_stripe(stand_in)) == ("expired", [], [])
    assert paid(stand_in, more).status == "succeeded"


def test_without_closing_it_would_be_charged(stand_in, asking, more, at_once, monkeypatch):
    """The negative control."""
    monkeypatch.setattr(detaching, "close_checkout", lambda payment: None)
    bank = charge(more, asking).redirect_url
    remove(asking)
    stand_in.prove(bank)
    assert len(charges(stand_in, 500)) == 1


def test_proved_before_it_was_removed_it_is_paid_and_written_down(stand_in, asking, more, at_once):
    stand_in.prove(charge(more, asking).redirect_url)
    remove(asking)
    tasks.catch_up()
    assert (now(more).status, len(charges(stand_in, 500)), check_books()) == ("succeeded", 1, [])
    assert SavedCard.objects.get().detached_at


def test_between_making_the_charge_and_charging_it_is_refused(stand_in, card, more, at_once, monkeypatch):
    made = charging._made

    def removed_meanwhile(*given):
        payment = made(*given)
        remove(card)
        return payment

    monkeypatch.setattr(charging, "_made", removed_meanwhile)
    with pytest.raises(CardGone):
        charge(more, card)
    with pytest.raises(CardGone):
        charge(more, card)
    tasks.catch_up()
    assert [intent["status"] for intent in intents(stand_in, 500)] == ["canceled"]
    assert (now(more).status, charges(stand_in, 500)) == ("expired", [])


def test_removing_at_the_same_moment_comes_before_or_after(stand_in, card, more, at_once):
    with rival(lambda: remove(card)) as meanwhile:
        result = meanwhile(lambda: charge(more, card))
    with pytest.raises(CardGone):
        result()
    assert charges(stand_in, 500) == []


def test_a_lost_answer_is_found_out_before_the_card_goes(stand_in, card, more, at_once):
    stand_in.control("faults", path="/v1/payment_intents/*/confirm", method="POST", kind="drop", times=3)
    with pytest.raises(ProviderUnavailable):
        charge(more, card)
    remove(card)
    services.detach_card(card_id=card.pk)
    assert (now(more).status, len(charges(stand_in, 500))) == ("succeeded", 1)


def test_removed_twice_and_told_twice_is_once(stand_in, card):
    for _ in range(2):
        remove(card)
        services.detach_card(card_id=card.pk)
    assert kept_at_stripe(stand_in) == [] and provider().retrieve_card(card.stripe_id) is None
