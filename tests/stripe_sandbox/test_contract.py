"""Is the stand-in what the pinned SDK says Stripe is? And would this check notice if it were not?"""

import copy

import pytest
import stripe

from stripe_sandbox import API_VERSION
from stripe_sandbox.params import Choice, Flag, FlagOr, Hash, Integer, ListOf, Metadata, Param, Range, Url
from stripe_sandbox.resources import ENDPOINTS
from tests.stripe_sandbox import contract
from tests.stripe_sandbox.contract import answer_problems, choices, declared_params, head, literals, request_problems
from tests.stripe_sandbox.platform import moved, ready_account
from tests.stripe_sandbox.world import disputed


def test_the_api_version_is_the_sdks():
    assert stripe.api_version == API_VERSION


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: f"{one.method} {one.path}")
def test_each_endpoint_takes_only_what_the_sdk_declares_with_its_types(endpoint):
    declared = declared_params(endpoint.method, endpoint.path)
    assert declared, "the SDK has no such operation"
    assert schema_problems(endpoint.params, *declared, "") == []


def schema_problems(schema: Hash, node, scope, at) -> list[str]:
    fields = contract.fields_of(node)
    problems = [f"{at}{name}: not declared" for name in schema.fields if name not in fields]
    for name, param in schema.fields.items():
        if name in fields:
            problems += param_problems(param, fields[name], scope, f"{at}{name}")
    return problems


def param_problems(param: Param, annotation, scope, at) -> list[str]:
    """Each kind of parameter must be one that the annotation allows."""
    members = [(head(member), member) for member in choices(annotation)]
    names = {name for (name, _), _ in members}
    words = {word for (name, parts), _ in members if name == "Literal" for word in literals(parts)}
    problems = [f"{at}: can be cleared here, not at Stripe"] if param.clearable and "" not in words else []
    if isinstance(param, Choice):
        problems += [f"{at}: {word} is not declared" for word in param.names if words - {""} and word not in words]
        return problems + ([] if not isinstance(param, FlagOr) or "bool" in names else [f"{at}: no bool"])
    if isinstance(param, ListOf):
        inner = next((parts[0] for (name, parts), _ in members if name == "List"), None)
        return problems + (
            param_problems(param.item, inner, scope, f"{at}[]") if inner is not None else [f"{at}: no list"]
        )
    if isinstance(param, Hash):
        nested = next((found for name in names if (found := scope.find(name))), None)
        return problems + (schema_problems(param, *nested, f"{at}.") if nested else [f"{at}: no hash"])
    return problems + ([] if names & expected(param) else [f"{at}: {type(param).__name__}, but declared {names}"])


def expected(param: Param) -> set[str]:
    if isinstance(param, Integer):
        return {"int"}
    if isinstance(param, Flag):
        return {"bool"}
    if isinstance(param, Metadata):
        return contract.OPEN_MAPS
    return {"int"} if isinstance(param, Range) else {"str", "Decimal"}


DEEP = Hash({"line_items": ListOf(Hash({"price_data": Hash({"cents": Integer()})}))})
WRONG_ENDPOINTS = {
    "unknown": ("POST", "/v1/refunds", Hash({"colour": Integer()})),
    "mistyped": ("POST", "/v1/refunds", Hash({"amount": Flag()})),
    "not a word of Stripe's": ("POST", "/v1/refunds", Hash({"reason": Choice("whim")})),
    "not clearable": ("POST", "/v1/refunds", Hash({"amount": Integer(clearable=True)})),
    "a hash where a list is": ("POST", "/v1/checkout/sessions", Hash({"line_items": Hash({})})),
    "deep": (
        "POST",
        "/v1/checkout/sessions",
        Hash({"line_items": ListOf(Hash({"price_data": Hash({"cents": Integer()})}))}),
    ),
    "unknown to a nested service": (
        "POST",
        "/v1/accounts/{account}/login_links",
        Hash({"redirect_url": Url()}),
    ),
    "mistyped in a nested service": ("POST", "/v1/transfers/{transfer}/reversals", Hash({"amount": Flag()})),
    "not clearable in a nested service": (
        "GET",
        "/v1/accounts/{account}/external_accounts",
        Hash({"object": Choice("bank_account", clearable=True)}),
    ),
    "deep in an account": (
        "POST",
        "/v1/accounts",
        Hash({"settings": Hash({"payouts": Hash({"schedule": Hash({"interval": Choice("hourly")})})})}),
    ),
}


@pytest.mark.parametrize("sample", WRONG_ENDPOINTS.values(), ids=WRONG_ENDPOINTS)
def test_a_wrong_schema_is_noticed(sample):
    method, path, schema = sample
    assert schema_problems(schema, *declared_params(method, path), "") != []


SPOILT_DISPUTE = {
    "a status Stripe does not know": lambda body: body.update(status="settled"),
    "unknown evidence": lambda body: body["evidence"].update(photograph=None),
    "evidence that is no text": lambda body: body["evidence"].update(uncategorized_text=5),
    "missing detail": lambda body: body["evidence_details"].pop("submission_count"),
    "wrong inside a balance transaction": lambda body: body["balance_transactions"][0].update(net="-1"),
    "a kind of case Stripe does not know": lambda body: body["payment_method_details"]["card"].update(case_type="war"),
}


@pytest.mark.parametrize("spoil", SPOILT_DISPUTE.values(), ids=SPOILT_DISPUTE)
def test_a_wrong_dispute_is_noticed(world, spoil):
    dispute = disputed(world).to_dict()
    assert answer_problems(dispute) == []
    spoil(dispute)
    assert answer_problems(dispute) != []


@pytest.mark.parametrize("field", [{"status": "kept"}, {"usage": None}, {"colour": "red"}, {"last_setup_error": "no"}])
def test_a_wrong_setup_intent_is_noticed(world, field):
    intent = world.stripe.v1.setup_intents.create({}).to_dict()
    assert answer_problems(intent) == []
    assert answer_problems({**intent, **field}) != []


WRONG_REQUESTS = {
    "unknown": {"colour": "red"},
    "no number": {"amount": "1,00"},
    "a hash": {"charge": {"id": "ch_1"}},
    "a word": {"reason": "whim"},
}


@pytest.mark.parametrize("params", WRONG_REQUESTS.values(), ids=WRONG_REQUESTS)
def test_a_wrong_request_is_noticed(params):
    assert request_problems("POST", "/v1/refunds", {"charge": "ch_1", "amount": "100"}) == []
    assert request_problems("POST", "/v1/refunds", {"charge": "ch_1", **params}) != []


def test_a_wrong_request_of_a_nested_service_is_noticed():
    path = "/v1/transfers/tr_1/reversals"
    assert request_problems("POST", path, {"amount": "100", "refund_application_fee": "true"}) == []
    assert request_problems("POST", path, {"amount": "all"}) != []
    assert request_problems("GET", path, {"amount": "100"}) != []
    assert request_problems("POST", f"{path}/trr_1", {"amount": "100"}) != []


def test_a_missing_parameter_and_an_unknown_operation_are_noticed():
    assert request_problems("POST", "/v1/payment_intents", {"amount": "100"}) == ["currency: missing"]
    assert request_problems("POST", "/v1/refunds/re_1/undo", {}) != []


SPOILT = {
    "unknown field": lambda body: body.update(colour="red"),
    "missing field": lambda body: body.pop("amount"),
    "string for a number": lambda body: body.update(amount="3000"),
    "bool for a number": lambda body: body.update(amount=True),
    "null where nothing may be null": lambda body: body.update(paid=None),
    "a word Stripe does not say": lambda body: body.update(status="nearly"),
    "deep unknown field": lambda body: body["payment_method_details"]["card"].update(pin="0000"),
    "deep wrong type": lambda body: body["outcome"].update(risk_score="low"),
    "wrong inside an expanded object": lambda body: body["balance_transaction"].update(net="2700"),
    "no kind of object": lambda body: body.update(object="chrge"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_wrong_answer_is_noticed(world, spoil):
    charge = world.paid().payment_intent.latest_charge.to_dict()
    assert answer_problems(charge) == []
    spoilt = copy.deepcopy(charge)
    spoil(spoilt)
    assert answer_problems(spoilt) != []
    assert answer_problems({"object": "list", "data": [spoilt], "has_more": False, "url": "/v1/charges"}) != []


SPOILT_CONNECT = {
    "account": [
        lambda body: body.update(balance=0),
        lambda body: body["requirements"].update(currently_due="external_account"),
        lambda body: body["requirements"].update(disabled_reason="bad mood"),
        lambda body: body["settings"]["payouts"]["schedule"].pop("interval"),
        lambda body: body["external_accounts"]["data"][0].update(status=None),
        lambda body: body["external_accounts"]["data"][0].update(number="000123456789"),
    ],
    "transfer": [
        lambda body: body.update(status="paid"),
        lambda body: body.pop("reversed"),
        lambda body: body["reversals"]["data"][0].update(amount="500"),
        lambda body: body["destination_payment"].update(source_transfer=7),
    ],
}


def test_a_wrong_answer_of_connect_is_noticed(world):
    account = ready_account(world)
    made = moved(world, account)
    world.stripe.v1.transfers.reversals.create(made.id, {"amount": 500})
    whole = world.stripe.v1.transfers.retrieve(made.id, {"expand": ["destination_payment"]})
    good = {"account": account.to_dict(), "transfer": whole.to_dict()}
    for kind, spoils in SPOILT_CONNECT.items():
        assert answer_problems(good[kind]) == []
        for spoil in spoils:
            spoilt = copy.deepcopy(good[kind])
            spoil(spoilt)
            assert answer_problems(spoilt) != []
