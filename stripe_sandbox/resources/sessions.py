"""/v1/checkout/sessions"""

from typing import Any

from stripe_sandbox import checkout
from stripe_sandbox.blank import blank_price, blank_session, blank_setup_session
from stripe_sandbox.cards import OFFERED
from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.errors import NoSuchObject, StripeError
from stripe_sandbox.ids import new_id
from stripe_sandbox.listing import as_list, page
from stripe_sandbox.params import child, merged_metadata
from stripe_sandbox.resources import session_params as shape
from stripe_sandbox.resources.payment_intents import check_amount
from stripe_sandbox.resources.setup_intents import new_intent as new_setup_intent
from stripe_sandbox.store import Tx

KIND = "checkout.session"
URL = "/v1/checkout/sessions"
SHORTEST, LONGEST = 30 * 60, 24 * 3600
# `expires_at` is counted by the caller, whose request has travelled since.
TRAVEL = 30
ECHOED = """
    allowed_payment_method_types billing_address_collection cancel_url client_reference_id customer customer_email
    excluded_payment_method_types locale origin_context submit_type success_url
""".split()  # noqa: SIM905


def create(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    check_mode(given)
    if given.get("customer"):
        tx.get("customer", given["customer"], param="customer")
    items = [line_item(tx, item, child("line_items", str(at))) for at, item in enumerate(given.get("line_items", []))]
    session = MODES[given.get("mode", "payment")](tx, given, items)
    inner = {
        "line_items": items,
        "payment_intent_data": given.get("payment_intent_data", {}),
        "card_future": given.get("payment_method_options", {}).get("card", {}).get("setup_future_usage"),
        "locale": given.get("locale", "auto"),
        "merchant": given.get("branding_settings", {}).get("display_name"),
    }
    tx.add(session, inner)
    tx.set_timer("expire_session", session["id"], session["expires_at"])
    return session


def check_mode(given: dict[str, Any]) -> None:
    """This stand-in knows hosted pages for single payments and for cards to keep; it does not pretend more."""
    mode = given.get("mode", "payment")
    if mode not in MODES:
        raise StripeError(f"This stand-in only knows `mode`: {', '.join(MODES)}", param="mode")
    for name in MISPLACED[mode]:
        if name in given:
            raise StripeError(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    if given.get("ui_mode", "hosted_page") != "hosted_page":
        raise StripeError("This stand-in only knows `ui_mode`: hosted_page", param="ui_mode")
    for name in NEEDED[mode]:
        if not given.get(name):
            raise StripeError(f"Missing required param: {name}.", code="parameter_missing", param=name)
    if given.get("customer") and given.get("customer_email"):
        raise StripeError(
            "You may only specify one of these parameters: customer, customer_email.",
            code="parameters_exclusive",
            param="customer_email",
        )


def to_pay(tx: Tx, given: dict[str, Any], items: list[dict[str, Any]]) -> dict[str, Any]:
    currency = one_currency(items, given)
    total = sum(item["amount_total"] for item in items)
    check_amount(total, currency)
    return new_session(tx, given, currency, total, expires_at(tx, given))


def to_set_up(tx: Tx, given: dict[str, Any], items: list[dict[str, Any]]) -> dict[str, Any]:
    """The SetupIntent exists from the beginning, as at Stripe, and is the session's alone."""
    if "currency" not in given and "allowed_payment_method_types" not in given:
        raise StripeError("Missing required param: currency.", code="parameter_missing", param="currency")
    if "customer" not in given and given.get("customer_creation") != "always":
        raise StripeError(
            "In `setup` mode this stand-in needs a `customer`, or `customer_creation`: always, to keep the card for.",
            code="parameter_missing",
            param="customer",
        )
    session = new_session(tx, given, given.get("currency"), None, expires_at(tx, given), offered=("card",))
    asked = given.get("setup_intent_data", {})
    intent = new_setup_intent(
        tx,
        customer=given.get("customer"),
        metadata=merged_metadata({}, asked.get("metadata")),
        description=asked.get("description"),
    )
    tx.save_inner(intent["id"], {"session": session["id"]})
    return session | blank_setup_session() | {"mode": "setup", "setup_intent": intent["id"]}


MODES = {"payment": to_pay, "setup": to_set_up}
NEEDED = {"payment": ("line_items", "success_url"), "setup": ("success_url",)}
MISPLACED = {"payment": ("setup_intent_data",), "setup": ("line_items", "payment_intent_data", "submit_type")}


def line_item(tx: Tx, item: dict[str, Any], name: str) -> dict[str, Any]:
    if "price" in item:
        raise NoSuchObject("price", item["price"], param=child(name, "price"))
    for key in ("price_data", "quantity"):
        if key not in item:
            raise StripeError(
                f"Missing required param: {child(name, key)}.", code="parameter_missing", param=child(name, key)
            )
    price, at = item["price_data"], child(name, "price_data")
    if "product" in price:
        raise NoSuchObject("product", price["product"], param=child(at, "product"))
    if "product_data" not in price:
        raise StripeError(f"Missing required param: {child(at, 'product_data')}.", code="parameter_missing", param=at)
    unit = unit_amount(price, at)
    sum_of_line = unit * item["quantity"]
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": sum_of_line,
        "amount_tax": 0,
        "amount_total": sum_of_line,
        "currency": price["currency"],
        "description": price["product_data"]["name"],
        "metadata": item.get("metadata", {}),
        "price": new_price(tx, price, unit),
        "quantity": item["quantity"],
    }


def unit_amount(price: dict[str, Any], name: str) -> int:
    named = [key for key in ("unit_amount", "unit_amount_decimal") if key in price]
    if len(named) != 1:
        code = "parameters_exclusive" if named else "parameter_missing"
        raise StripeError(
            f"You must specify exactly one of unit_amount, unit_amount_decimal in {name}.", code=code, param=name
        )
    return price[named[0]]


def new_price(tx: Tx, price: dict[str, Any], unit: int) -> dict[str, Any]:
    return {
        "id": new_id("price"),
        "object": "price",
        **blank_price(),
        "created": tx.now,
        "currency": price["currency"],
        "product": new_id("prod", 14),
        "tax_behavior": price.get("tax_behavior", "unspecified"),
        "unit_amount": unit,
        "unit_amount_decimal": str(unit),
    }


def one_currency(items: list[dict[str, Any]], given: dict[str, Any]) -> str:
    currencies = {item["currency"] for item in items} | ({given["currency"]} if "currency" in given else set())
    if len(currencies) > 1:
        raise StripeError("All line items must have the same currency.", param="line_items")
    return currencies.pop()


def expires_at(tx: Tx, given: dict[str, Any]) -> int:
    moment = given.get("expires_at", tx.now + LONGEST)
    if moment < tx.now + SHORTEST - TRAVEL:
        raise StripeError(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at"
        )
    if moment > tx.now + LONGEST + TRAVEL:
        raise StripeError(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at"
        )
    return moment


def method_types(given: dict[str, Any], offered: tuple[str, ...]) -> list[str]:
    """The eligible ones that were not filtered out. Wanting to keep *any* method for later leaves cards alone."""
    allowed = given.get("allowed_payment_method_types", offered)
    barred = given.get("excluded_payment_method_types", [])
    left = [name for name in offered if name in allowed and name not in barred]
    if given.get("payment_intent_data", {}).get("setup_future_usage"):
        left = [name for name in left if name == "card"]
    if not left:
        raise StripeError(
            "No valid payment method types for this Checkout Session.", param="allowed_payment_method_types"
        )
    return left


def method_options(given: dict[str, Any], types: list[str]) -> dict[str, Any]:
    options = {name: dict(value) for name, value in given.get("payment_method_options", {}).items() if name in types}
    if "card" in types:
        options["card"] = {"request_three_d_secure": "automatic", **options.get("card", {})}
    return options


def new_session(
    tx: Tx,
    given: dict[str, Any],
    currency: str | None,
    total: int | None,
    ends: int,
    offered: tuple[str, ...] = OFFERED,
) -> dict[str, Any]:
    session_id = new_id("cs_test", 58)
    types = method_types(given, offered)
    customer = given.get("customer")
    return {
        "id": session_id,
        "object": KIND,
        **blank_session(),
        **{field: given.get(field) for field in ECHOED},
        "adaptive_pricing": {"enabled": given.get("adaptive_pricing", {}).get("enabled", False)},
        "amount_subtotal": total,
        "amount_total": total,
        "created": tx.now,
        "currency": currency,
        "customer_creation": None if customer else given.get("customer_creation", "if_required"),
        "customer_details": customer_details(tx, given),
        "expires_at": ends,
        "metadata": merged_metadata({}, given.get("metadata", {})),
        "payment_method_options": method_options(given, types),
        "payment_method_types": types,
        "url": f"{tx.setting('public_url')}/c/pay/{session_id}",
    }


def customer_details(tx: Tx, given: dict[str, Any]) -> dict[str, Any] | None:
    """None while nothing is known of the payer."""
    customer = tx.maybe("customer", given["customer"]) if given.get("customer") else None
    if customer:
        return checkout.customer_details(email=customer["email"], name=customer["name"])
    email = given.get("customer_email")
    return checkout.customer_details(email=email, name=None) if email else None


def get(tx: Tx, given: dict[str, Any], session: str) -> dict[str, Any]:
    return tx.get(KIND, session)


def expire(tx: Tx, given: dict[str, Any], session: str) -> dict[str, Any]:
    return checkout.expire(tx, tx.get(KIND, session))


def every(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    email = given.get("customer_details", {}).get("email")
    more = [("json_extract(body, '$.customer_details.email') = ?", email)] if email else []
    return page(tx, KIND, URL, given, equal=("customer", "payment_intent", "status"), more=more)


def line_items(tx: Tx, given: dict[str, Any], session: str) -> dict[str, Any]:
    """In the order they were given; a session's items are few, so the cursor walks the stored list."""
    items = tx.inner(tx.get(KIND, session)["id"])["line_items"]
    ids = [item["id"] for item in items]
    first, last, limit = 0, len(items), given.get("limit", 10)
    for name in ("starting_after", "ending_before"):
        if name in given and given[name] not in ids:
            raise NoSuchObject("item", given[name], param=name)
    if "starting_after" in given:
        first = ids.index(given["starting_after"]) + 1
    if "ending_before" in given:
        last = ids.index(given["ending_before"])
        first = max(first, last - limit)
    return as_list(f"{URL}/{session}/line_items", items[first:last][:limit], has_more=last - first > limit)


ENDPOINTS = [
    Endpoint("POST", URL, shape.CREATE, create),
    Endpoint("GET", URL, shape.LIST, every),
    Endpoint("GET", URL + "/{session}", shape.EMPTY, get),
    Endpoint("POST", URL + "/{session}/expire", shape.EMPTY, expire),
    Endpoint("GET", URL + "/{session}/line_items", shape.LINE_ITEMS, line_items),
]
