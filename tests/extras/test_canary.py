"""A marked word in what was laid out for, or in the answer, is in its own row alone."""

import logging

import pytest
from django.urls import reverse

from common.logs import DiscreetFormatter
from common.sealing import seal
from extras import services
from extras.forms import YuanField
from extras.models import Extra
from extras.services import asking, paying
from payments import services as payments
from payments.models import Payment, Refund, SavedCard
from payments.services import gathered
from tests.disputes import disputed
from tests.extras.pages import as_, page_of, send, tap
from tests.stand_in import StandIn
from tests.visiting.traces import found_in, traces
from tests.visits import a_place, bought, code, due_in, enter

pytestmark = pytest.mark.django_db
WORD, ANSWER = "canary-9c1e77d0-gruen", "canary-02fb5a63-blau"
STRIPES = ("checkout/sessions", "payment_intents", "charges", "refunds", "customers", "events")


def told_to_stripe(stand_in: StandIn) -> str:
    return "".join(stand_in.api.get(f"/v1/{what}", params={"limit": 100}).text for what in STRIPES)


def lives_through(client, client_user, stand_in) -> None:
    """Through the pages: paid on Stripe's page, by the card that stays, too late, and declined with a word."""
    booking = due_in(bought(client_user, a_place("shen"), stand_in), 5)
    booking = enter(booking, code(booking))
    for number in range(4):
        send(as_(client, booking.companion), booking, what=WORD, amount_fen=str(20 + number))
    on_page, by_card, late, declined = Extra.objects.order_by("amount_fen")
    as_(client, client_user)
    stand_in.pay(tap(client, on_page, "pay")["Location"])
    tap(client, by_card, "pay", card=SavedCard.objects.get().pk)
    paying = tap(client, late, "pay")["Location"]
    services.take_back(extra=late, by=booking.companion)
    stand_in.pay(paying)
    for extra in (on_page, late):
        client.get(reverse("extras:paid", args=[booking.pk, extra.pk]))
    payments.send_refund(refund_id=Refund.objects.get(ref=late.pk).pk)
    tap(client, declined, "decline", reply=ANSWER)
    assert WORD in page_of(client, booking) and ANSWER in page_of(client, booking)
    states = Extra.objects.order_by("amount_fen").values_list("state", flat=True)
    assert list(states) == ["paid", "paid", "withdrawn", "declined"]


def test_it_is_in_its_row_alone(client, client_user, stand_in, caplog):
    with caplog.at_level(logging.DEBUG):
        lives_through(client, client_user, stand_in)
    for word in (WORD, ANSWER):
        places = traces(word)
        assert places and all(place.startswith("extras_extra:") for place in places)
        assert not found_in(told_to_stripe(stand_in), word) and not found_in(caplog.text, word)


def test_it_is_in_nothing_that_a_bank_is_told(client, client_user, stand_in):
    lives_through(client, client_user, stand_in)
    extra = Extra.objects.get(amount_fen=20_00)
    for payment in Payment.objects.filter(ref__in=[extra.pk, extra.booking_id]):
        told = str(gathered(dispute=disputed(payment)))
        assert "laid out" in told or extra.booking.code in told
        assert not found_in(told, WORD) and not found_in(told, ANSWER)


def test_control_what_stripe_is_told_is_looked_through(client, client_user, stand_in, monkeypatch):
    monkeypatch.setattr(paying, "_", lambda _words: f"%(name)s · {WORD}")
    lives_through(client, client_user, stand_in)
    assert found_in(told_to_stripe(stand_in), WORD) and traces(WORD)


def test_the_log_of_a_statement_that_failed_names_the_rule_alone(client, visit, caplog, monkeypatch):
    monkeypatch.setattr(YuanField, "clean", lambda _field, _typed: 1)
    sealed = []
    monkeypatch.setattr(asking, "seal", lambda content: sealed.append(seal(content)) or sealed[0])
    client.raise_request_exception = False
    with caplog.at_level(logging.DEBUG):
        assert send(as_(client, visit.companion), visit, what=WORD).status_code == 500
    # As any other formatter writes it; so it is there to be left out.
    assert WORD in caplog.text and sealed[0][:12].hex() in caplog.text
    text = "\n".join(DiscreetFormatter().format(record) for record in caplog.records)
    assert "extra_amount_bounded" in text and "Traceback" in text
    assert not found_in(text, WORD) and sealed[0][:12].hex() not in text and not traces(WORD)


@pytest.mark.parametrize("name", ["ask", "decline"])
def test_an_error_report_has_nothing_of_the_form(client, extra, visit, name):
    args = [visit.pk] if name == "ask" else [visit.pk, extra.pk]
    who = visit.companion if name == "ask" else visit.client
    answer = as_(client, who).post(reverse(f"extras:{name}", args=args), {"what": WORD, "reply": WORD})
    assert answer.wsgi_request.sensitive_post_parameters == "__ALL__"
