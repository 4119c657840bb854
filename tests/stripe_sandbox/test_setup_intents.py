"""A card is kept without paying: proved or declined, and what it is good for afterwards."""

from urllib.parse import parse_qs, urlsplit

import pytest
import stripe

MONEY = {"amount": 3000, "currency": "cny"}
RETURN = "http://shop.test/cards?from=1"


@pytest.fixture
def customer(world) -> str:
    return world.stripe.v1.customers.create({"email": "lin@example.com"}).id


@pytest.fixture
def setups(world):
    return world.stripe.v1.setup_intents


def set_up(world, customer: str, name: str = "pm_card_visa", **more):
    asked = {"customer": customer, "payment_method": name, "confirm": True, "return_url": RETURN, **more}
    return world.stripe.v1.setup_intents.create(asked)


def kept(world, customer: str) -> list[str]:
    return [method.id for method in world.stripe.v1.payment_methods.list({"customer": customer}).data]


def charge_later(world, customer: str, method: str):
    """Nobody is there to prove anything."""
    asked = {**MONEY, "customer": customer, "payment_method": method, "confirm": True, "off_session": True}
    return world.stripe.v1.payment_intents.create(asked)


def bank(intent) -> str:
    return intent.next_action.redirect_to_url.url


def setup_events(world) -> list[str]:
    return [name for name in world.event_types() if name.startswith(("setup_intent", "payment_method"))]


def test_at_once_and_the_card_stays(world, customer):
    intent = set_up(world, customer, metadata={"why": "later"}, description="Card", expand=["payment_method"])
    assert (intent.status, intent.usage, intent.metadata["why"]) == ("succeeded", "off_session", "later")
    assert intent.payment_method.customer == customer
    assert setup_events(world) == ["setup_intent.created", "payment_method.attached", "setup_intent.succeeded"]
    assert (world.count("charge"), world.count("payment_intent")) == (0, 0)
    assert charge_later(world, customer, intent.payment_method.id).status == "succeeded"


def test_step_by_step(world, customer, setups):
    automatic = {"enabled": True, "allow_redirects": "never"}
    intent = setups.create({"usage": "on_session", "automatic_payment_methods": automatic})
    assert (intent.status, intent.payment_method, intent.automatic_payment_methods.allow_redirects) == (
        "requires_payment_method",
        None,
        "never",
    )
    asked = {"customer": customer, "payment_method": "pm_card_visa", "description": "x", "metadata": {"k": "v"}}
    assert setups.update(intent.id, asked).status == "requires_confirmation"
    assert setups.update(intent.id, {"metadata": ""}).metadata.to_dict() == {}
    done = setups.confirm(intent.id, {"payment_method": "pm_card_mastercard"})
    method = world.stripe.v1.payment_methods.retrieve(done.payment_method)
    assert (done.status, method.card.brand, kept(world, customer)) == ("succeeded", "mastercard", [method.id])


def test_without_a_customer_the_card_can_be_attached_afterwards(world, customer):
    intent = world.stripe.v1.setup_intents.create({"payment_method": "pm_card_visa", "confirm": True})
    assert kept(world, customer) == []
    world.stripe.v1.payment_methods.attach(intent.payment_method, {"customer": customer})
    assert kept(world, customer) == [intent.payment_method]


@pytest.mark.parametrize(
    ("name", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ],
)
def test_a_declined_card_is_not_kept_and_another_may_be_tried(world, customer, setups, name, code, decline_code):
    intent = setups.create({"customer": customer})
    with pytest.raises(stripe.CardError) as declined:
        setups.confirm(intent.id, {"payment_method": name})
    error = declined.value.error
    assert (declined.value.http_status, error.code, error.decline_code) == (402, code, decline_code)
    assert (error.setup_intent.id, error.setup_intent.status) == (intent.id, "requires_payment_method")
    after = setups.retrieve(intent.id)
    assert (after.last_setup_error.code, after.payment_method, kept(world, customer)) == (code, None, [])
    assert setup_events(world) == ["setup_intent.created", "setup_intent.setup_failed"]
    assert setups.confirm(intent.id, {"payment_method": "pm_card_visa"}).last_setup_error is None


def test_a_card_that_goes_bad_is_kept_and_declined_when_charged(world, customer):
    intent = set_up(world, customer, "pm_card_chargeCustomerFail")
    assert (intent.status, kept(world, customer)) == ("succeeded", [intent.payment_method])
    with pytest.raises(stripe.CardError):
        charge_later(world, customer, intent.payment_method)


class TestAskedWhoseCardItIs:
    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_proved_and_kept(self, world, customer, lang):
        intent = set_up(world, customer, "pm_card_authenticationRequiredOnSetup")
        assert (intent.status, kept(world, customer)) == ("requires_action", [])
        page = world.browser.get(bank(intent), headers={"Accept-Language": lang}).text
        assert {"zh": "请确认这是你的卡", "en": "Please confirm that this card is yours"}[lang] in page
        assert "¥" not in page
        back = world.prove(bank(intent)).headers["location"]
        asked = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        secret = intent.client_secret
        assert asked == {
            "from": "1",
            "setup_intent": intent.id,
            "setup_intent_client_secret": secret,
            "redirect_status": "succeeded",
        }
        assert kept(world, customer) == [intent.payment_method]
        assert {"zh": "已经保存好了", "en": "has been saved"}[lang] in world.browser.get(
            bank(intent), headers={"Accept-Language": lang}
        ).text

    @pytest.mark.parametrize(("usage", "later"), [("off_session", "succeeded"), ("on_session", None)])
    def test_set_up_for_the_use_that_was_asked_for(self, world, customer, usage, later):
        intent = set_up(world, customer, "pm_card_authenticationRequiredOnSetup", usage=usage)
        world.prove(bank(intent))
        if later:
            assert charge_later(world, customer, intent.payment_method).status == later
        else:
            with pytest.raises(stripe.CardError, match="requires authentication"):
                charge_later(world, customer, intent.payment_method)

    def test_a_card_that_always_asks_asks_again(self, world, customer):
        intent = set_up(world, customer, "pm_card_authenticationRequired")
        world.prove(bank(intent))
        with pytest.raises(stripe.CardError) as declined:
            charge_later(world, customer, intent.payment_method)
        assert declined.value.code == "authentication_required"

    def test_failed_and_not_kept(self, world, customer, setups):
        intent = set_up(world, customer, "pm_card_authenticationRequired")
        assert "redirect_status=failed" in world.prove(bank(intent), "fail").headers["location"]
        after = setups.retrieve(intent.id)
        assert (after.status, after.last_setup_error.code) == (
            "requires_payment_method",
            "setup_intent_authentication_failure",
        )
        assert (kept(world, customer), after.payment_method) == ([], None)
        events = ["setup_intent.created", "setup_intent.requires_action", "setup_intent.setup_failed"]
        assert setup_events(world) == events

    def test_a_double_tap_keeps_it_once(self, world, customer):
        intent = set_up(world, customer, "pm_card_authenticationRequired")
        first, second = world.prove(bank(intent)), world.prove(bank(intent))
        assert first.headers["location"] == second.headers["location"]
        assert setup_events(world).count("setup_intent.succeeded") == 1

    def test_cancelled_meanwhile(self, world, customer, setups):
        intent = set_up(world, customer, "pm_card_authenticationRequired")
        assert setups.cancel(intent.id, {"cancellation_reason": "abandoned"}).cancellation_reason == "abandoned"
        assert world.browser.get(bank(intent)).status_code == 410
        assert "redirect_status=failed" in world.prove(bank(intent)).headers["location"]
        assert kept(world, customer) == []

    def test_there_must_be_a_way_back(self, world, setups):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            setups.create({"payment_method": "pm_card_authenticationRequired", "confirm": True})
        assert refused.value.param == "return_url"


@pytest.mark.parametrize("end", ["succeeded", "canceled"])
def test_what_is_over_is_over(world, customer, setups, end):
    intent = setups.create({"customer": customer, "payment_method": "pm_card_visa"})
    {"succeeded": setups.confirm, "canceled": setups.cancel}[end](intent.id)
    for meddle in (
        setups.confirm,
        setups.cancel,
        lambda one: setups.update(one, {"payment_method": "pm_card_visa"}),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            meddle(intent.id)
        assert (refused.value.code, refused.value.error.setup_intent.status) == ("setup_intent_unexpected_state", end)
    assert setups.update(intent.id, {"description": "still"}).description == "still"


def test_what_cannot_be_set_up_is_refused(world, customer, setups):
    theirs = set_up(world, world.stripe.v1.customers.create({}).id).payment_method
    wallet = world.paid_by_wallet("alipay").payment_intent.payment_method
    used = world.paid().payment_intent.payment_method
    before = world.count("setup_intent")
    for wrong in (
        {"payment_method": theirs},
        {"payment_method": theirs, "customer": customer},
        {"payment_method": wallet},
        {"payment_method": used},
        {"payment_method": "pm_none"},
        {"customer": "cus_none"},
        {"return_url": RETURN},
        {"confirm": True},
        {"allowed_payment_method_types": ["alipay"]},
    ):
        with pytest.raises(stripe.InvalidRequestError):
            setups.create(wrong)
    assert world.count("setup_intent") == before


def test_setup_intents_are_found_by_customer_and_card(world, customer, setups):
    mine, other = set_up(world, customer), setups.create({})
    assert [one.id for one in setups.list().data] == [other.id, mine.id]
    for found in (setups.list({"customer": customer}), setups.list({"payment_method": mine.payment_method})):
        assert [one.id for one in found.data] == [mine.id]
    assert setups.list({"created": {"gt": mine.created + 60}}).data == []
