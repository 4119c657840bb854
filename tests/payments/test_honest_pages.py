"""While Stripe does not answer, whoever taps is told so on the page he came from, that no money was taken, and that he
may try again; and when it answers, the same tap goes on."""

import pytest
import stripe
from django.urls import reverse

from payments import services
from payments.gateway.by_stripe import asking
from payments.models import Payment
from tests.orders import ordered
from tests.payments.serving import with_account

pytestmark = pytest.mark.django_db(transaction=True)
ENGLISH = {"accept-language": "en", "accept": "text/html"}
SILENCE = {"kind": "timeout", "seconds": 1, "times": 3}
TROUBLE = {"500": {"kind": "error", "times": 3}, "429": {"kind": "error", "status": 429}, "silence": SILENCE}
SAID = "The payment service does not answer right now. No money was taken; please try again in a moment."


@pytest.fixture(params=TROUBLE.values(), ids=TROUBLE)
def trouble(request, stand_in, monkeypatch):
    """`trouble()`: from now on, for one question."""
    monkeypatch.setattr(asking, "TIMEOUT_S", 0.25)
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.02)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.1)
    return lambda: stand_in.control("faults", **request.param)


def told_then_done(client, stand_in, trouble, address: str, came_from: str) -> None:
    trouble()
    headers = {**ENGLISH, "referer": f"http://testserver{came_from}"}
    answer = client.post(address, headers=headers, follow=True)
    assert answer.redirect_chain[-1][0].endswith(came_from)
    assert SAID in answer.text
    stand_in.recover()
    onward = client.post(address, headers=headers)
    assert onward["Location"].startswith(stand_in.url)


def test_who_wants_to_pay(client, stand_in, client_user, listing, trouble):
    booking = ordered(client_user, listing)
    client.force_login(client_user)
    detail = reverse("bookings:detail", args=[booking.pk])
    told_then_done(client, stand_in, trouble, reverse("bookings:pay", args=[booking.pk]), detail)
    assert not stand_in.listed("charges") and Payment.objects.get().status == "open"


def test_who_adds_a_card(client, stand_in, client_user, trouble):
    client.force_login(client_user)
    told_then_done(client, stand_in, trouble, reverse("payments:add_card"), reverse("payments:cards"))


def test_a_companion_who_sets_up_her_account(client, stand_in, companion, trouble):
    client.force_login(companion)
    told_then_done(client, stand_in, trouble, reverse("payments:begin_account"), reverse("payments:payouts"))


def test_a_companion_who_looks_at_it(client, stand_in, companion, trouble):
    with_account(stand_in, companion)
    client.force_login(companion)
    told_then_done(client, stand_in, trouble, reverse("payments:dashboard"), reverse("payments:payouts"))


def test_a_companion_who_comes_back_reads_that_it_is_being_asked(client, stand_in, companion, trouble):
    with_account(stand_in, companion)
    client.force_login(companion)
    trouble()
    page = client.get(reverse("payments:came_back"), headers=ENGLISH, follow=True).text
    assert "We are still asking our payment service how your account stands." in page
    assert services.account_of(user=companion).can_receive
