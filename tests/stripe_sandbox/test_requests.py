"""How requests are refused, paged and expanded; seen by the SDK and by plain HTTP."""

import base64

import httpx
import pytest
import stripe

from tests.stripe_sandbox.world import KEY


def test_without_a_key_nothing_is_answered(world):
    answer = httpx.get(f"{world.url}/v1/charges")
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "invalid_request_error")


@pytest.mark.parametrize("key", ["sk_live_1234567890", "pk_test_1234567890", "nonsense"])
def test_live_publishable_and_unknown_keys_are_refused(world, key):
    answer = httpx.get(f"{world.url}/v1/charges", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 401
    assert key[-12:-4] not in answer.text or key == "nonsense"


def test_the_key_may_come_as_basic_auth(world):
    basic = base64.b64encode(f"{KEY}:".encode()).decode()
    assert httpx.get(f"{world.url}/v1/charges", headers={"Authorization": f"Basic {basic}"}).status_code == 200


def test_another_account_and_another_version_are_refused(world):
    assert world.raw.get("/v1/charges", headers={"Stripe-Account": "acct_1"}).status_code == 403
    assert world.raw.get("/v1/charges", headers={"Stripe-Version": "2019-01-01"}).status_code == 400


def test_each_answer_has_its_own_request_id(world):
    ids = {world.raw.get("/v1/charges").headers["request-id"] for _ in range(3)}
    assert len(ids) == 3
    assert all(one.startswith("req_") for one in ids)


@pytest.mark.parametrize("path", ["/v1/charges/ch_none", "/v1/refunds/re_none", "/v1/checkout/sessions/cs_none"])
def test_what_is_not_there_is_404(world, path):
    answer = world.raw.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "resource_missing")


def test_a_missing_object_named_by_a_parameter_is_400(world):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        world.session(customer="cus_none")
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (400, "resource_missing", "customer")


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/nothing"), ("PUT", "/v1/charges"), ("POST", "/v1/charges")])
def test_an_unknown_address_is_said_to_be_one(world, method, path):
    answer = world.raw.request(method, path)
    assert answer.status_code == 404
    assert "Unrecognized request URL" in answer.json()["error"]["message"]


DEEP = "payment_method_options[card][pin]"
REFUSED = [
    ("amount=x&currency=cny", "parameter_invalid_integer", "amount"),
    ("amount=10.5&currency=cny", "parameter_invalid_integer", "amount"),
    ("amount=1e3&currency=cny", "parameter_invalid_integer", "amount"),
    ("amount=-100&currency=cny", "parameter_invalid_integer", "amount"),
    ("amount=99999999999999999999&currency=cny", "parameter_invalid_integer", "amount"),
    ("amount=٣٠٠٠&currency=cny", "parameter_invalid_integer", "amount"),
    ("amount=100&currency=cny", "amount_too_small", "amount"),
    ("amount=&currency=cny", "parameter_invalid_empty", "amount"),
    ("amount=3000", "parameter_missing", "currency"),
    ("amount=3000&currency=btc", None, "currency"),
    ("amount=3000&currency=cny&colour=red", "parameter_unknown", "colour"),
    (
        "amount=3000&currency=cny&payment_method_options[card][pin]=1",
        "parameter_unknown",
        "payment_method_options[card][pin]",
    ),
    ("amount=3000&currency=cny&metadata=x", None, "metadata"),
    ("amount=3000&currency=cny&metadata[a][b]=x", None, "metadata[a]"),
    ("amount=3000&currency=cny&confirm=perhaps", None, "confirm"),
    ("amount[gte]=3000&currency=cny", "parameter_invalid_integer", "amount"),
    ("amount=3000&currency=cny&description=%20", "parameter_invalid_string_blank", "description"),
    ("amount=3000&currency=cny&receipt_email=lin", "email_invalid", "receipt_email"),
    ("amount=3000&currency=cny&return_url=javascript:1&confirm=true", "url_invalid", "return_url"),
    ("amount=3000&currency=cny&amount[x]=1", None, "amount[x]"),
    ("amount=3000&currency=cny&]]=1", "parameter_unknown", "]]"),
    ("amount=3000&currency=cny&allowed_payment_method_types=card", None, "allowed_payment_method_types"),
    ("amount=3000&currency=cny&allowed_payment_method_types[0]=cash", None, "allowed_payment_method_types[0]"),
    ("amount=3000&currency=cny&expand[]=nonsense", None, "expand"),
]


@pytest.mark.parametrize(("body", "code", "param"), REFUSED)
def test_wrong_parameters_are_named(world, body, code, param):
    answer = world.raw.post("/v1/payment_intents", content=body.encode(), headers=FORM)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error.get("code"), error["param"]) == (
        400,
        "invalid_request_error",
        code,
        param,
    )
    assert world.count("payment_intent") == 0


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    "body", [b"amount=%ff&currency=cny", b"\xff\xfe", b"a" + b"[b]" * 50 + b"=1", b"&".join([b"a=1"] * 3000)]
)
def test_what_is_no_form_is_400(world, body):
    assert world.raw.post("/v1/payment_intents", content=body, headers=FORM).status_code == 400


def test_json_and_huge_bodies_are_refused(world):
    assert world.raw.post("/v1/payment_intents", json={"amount": 3000}).status_code == 400
    assert world.raw.post("/v1/payment_intents", content=b"a=" + b"x" * 1_500_000, headers=FORM).status_code == 413


def test_text_goes_through_as_it_is(world):
    name = "林晚 👩🏽‍⚕️ \u200b\u202e <b>'\" \x00 100% [x]"
    assert world.stripe.v1.customers.create({"name": name, "metadata": {"奇": "偶 & = +"}}).name == name
    stored = world.stripe.v1.customers.list().data[0]
    assert (stored.name, stored.metadata["奇"]) == (name, "偶 & = +")


def test_lists_are_paged_both_ways(world):
    made = [world.stripe.v1.customers.create({"name": f"c{n}"}).id for n in range(5)]
    newest_first = made[::-1]
    customers = world.stripe.v1.customers
    first = customers.list({"limit": 2})
    assert ([c.id for c in first.data], first.has_more, first.url) == (newest_first[:2], True, "/v1/customers")
    after = customers.list({"limit": 2, "starting_after": newest_first[3]})
    assert ([c.id for c in after.data], after.has_more) == (newest_first[4:], False)
    before = customers.list({"limit": 2, "ending_before": newest_first[3]})
    assert ([c.id for c in before.data], before.has_more) == (newest_first[1:3], True)
    assert [c.id for c in customers.list({"limit": 2}).auto_paging_iter()] == newest_first


def test_lists_know_when_things_were_made(world):
    customers = world.stripe.v1.customers
    old = customers.create({"name": "old"})
    world.advance(100)
    new = customers.create({"name": "new"})
    assert [c.id for c in customers.list({"created": {"gte": new.created}}).data] == [new.id]
    assert [c.id for c in customers.list({"created": {"lt": new.created}}).data] == [old.id]
    assert [c.id for c in customers.list({"created": old.created}).data] == [old.id]
    assert customers.list({"created": {"gt": new.created}}).data == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "starting_after=cus_none", "starting_after=a&ending_before=b", "x=1"]
)
def test_a_wrong_page_is_refused(world, query):
    assert world.raw.get(f"/v1/customers?{query}").status_code == 400


def test_expand_goes_deep_and_through_lists(world):
    paid = world.paid()
    refund = world.stripe.v1.refunds.create({"payment_intent": paid.payment_intent.id, "amount": 100})
    charge = world.stripe.v1.charges.retrieve(refund.charge, {"expand": ["refunds", "payment_intent.payment_method"]})
    assert [one.id for one in charge.refunds.data] == [refund.id]
    assert charge.payment_intent.payment_method.card.last4 == "4242"
    listed = world.stripe.v1.refunds.list(
        {"expand": ["data.charge.balance_transaction", "data.balance_transaction.source"]}
    )
    assert listed.data[0].charge.balance_transaction.type == "charge"
    assert listed.data[0].balance_transaction.source.id == refund.id
    session = world.stripe.v1.checkout.sessions.retrieve(paid.id, {"expand": ["line_items", "payment_intent"]})
    assert session.line_items.data[0].description == "秒回师 30 分钟"


def test_expanding_nothing_gives_nothing(world):
    session = world.session()
    assert (
        world.stripe.v1.checkout.sessions.retrieve(
            session.id, {"expand": ["payment_intent.latest_charge"]}
        ).payment_intent
        is None
    )


@pytest.mark.parametrize("path", ["colour", "id", "payment_intent.colour", "a.b.c.d.e"])
def test_what_cannot_be_expanded_is_refused(world, path):
    paid = world.paid()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        world.stripe.v1.checkout.sessions.retrieve(paid.id, {"expand": [path]})
    assert refused.value.param == "expand"


def test_a_list_says_where_to_expand(world):
    world.paid()
    with pytest.raises(stripe.InvalidRequestError, match="data.charge"):
        world.stripe.v1.refunds.list({"expand": ["charge"]})


def test_metadata_keys_come_and_go(world):
    intents = world.stripe.v1.payment_intents
    intent = intents.create({"amount": 3000, "currency": "cny", "metadata": {"a": "1", "b": "2"}})
    assert intents.update(intent.id, {"metadata": {"a": "", "c": "3"}}).metadata.to_dict() == {"b": "2", "c": "3"}
    assert intents.update(intent.id, {"metadata": ""}).metadata.to_dict() == {}
