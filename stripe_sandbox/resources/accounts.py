"""/v1/accounts, with what hangs on them"""

from dataclasses import asdict
from typing import Any

from stripe_sandbox.blank import blank_account, blank_account_settings, blank_business_profile
from stripe_sandbox.connect import accounts
from stripe_sandbox.connect.links import EXPRESS, new_link
from stripe_sandbox.connect.payouts import UNDER_WAY, pays_out_daily, set_daily_timer
from stripe_sandbox.connect.requirements import Known, nothing, state
from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.errors import NoSuchObject, NotInThisState, StripeError
from stripe_sandbox.ids import new_id
from stripe_sandbox.ledger import sums
from stripe_sandbox.listing import page
from stripe_sandbox.params import Hash, fields, merged_metadata
from stripe_sandbox.present import shown
from stripe_sandbox.resources import account_params as shape
from stripe_sandbox.store import Tx

KIND = accounts.KIND
URL = "/v1/accounts"
CURRENCY_OF = {"CN": "cny", "HK": "hkd", "US": "usd", "SG": "sgd", "JP": "jpy"}
CONNECTED = ("json_extract(inner, '$.deauthorized') = ?", 0)
CONTROLLER = {
    "fees": {"payer": "application"},
    "is_controller": True,
    "losses": {"payments": "application"},
    "requirement_collection": "stripe",
    "stripe_dashboard": {"type": "express"},
    "type": "application",
}


def create(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    check_controller(given)
    country = given.get("country", "CN").upper()
    if not country.isalpha() or len(country) != 2:
        raise StripeError(f"Country '{country}' is unknown.", code="country_unsupported", param="country")
    known = Known()
    account = tx.add(new_account(tx, given, country) | state(known, None, requested({}, given), tx.now), asdict(known))
    if pays_out_daily(account):
        set_daily_timer(tx, account["id"])
    return account


def check_controller(given: dict[str, Any]) -> None:
    """Exactly one way of saying what kind it is; each part of `controller` then has to be said, as it differs from
    what Stripe would take by itself."""
    if ("type" in given) == ("controller" in given):
        raise StripeError("You must specify either `type` or `controller`, and not both.", param="controller")
    missing = [name for name in shape.CONTROLLER.fields if name not in given.get("controller", CONTROLLER)]
    if missing:
        raise StripeError(
            f"This stand-in only knows accounts with an Express dashboard; controller[{missing[0]}] is missing.",
            code="parameter_missing",
            param=f"controller[{missing[0]}]",
        )


def requested(old: dict[str, Any], given: dict[str, Any]) -> list[str]:
    wishes = {name: wish.get("requested", True) for name, wish in given.get("capabilities", {}).items()}
    return [name for name in sorted({*old, *wishes}) if wishes.get(name, True)]


def new_account(tx: Tx, given: dict[str, Any], country: str) -> dict[str, Any]:
    account = {
        "id": new_id("acct", 16),
        "object": KIND,
        **blank_account(),
        "business_profile": blank_business_profile(),
        "business_type": None,
        "capabilities": {},
        "controller": CONTROLLER,
        "country": country,
        "created": tx.now,
        "default_currency": given.get("default_currency", CURRENCY_OF.get(country, "eur")),
        "email": None,
        "future_requirements": nothing(),
        "metadata": {},
        "settings": {**blank_account_settings(), "payouts": new_payout_settings()},
        "type": "express",
    }
    return account | told(account, given)


def new_payout_settings() -> dict[str, Any]:
    schedule = {"delay_days": 2, "interval": "daily"}
    return {"debit_negative_balances": False, "schedule": schedule, "statement_descriptor": None}


def told(old: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The fields that a request changes."""
    payouts = given.get("settings", {}).get("payouts", {})
    schedule = {**old["settings"]["payouts"]["schedule"], **payouts.get("schedule", {})}
    return {
        **{name: given[name] for name in ("business_type", "email") if name in given},
        "business_profile": {**old["business_profile"], **given.get("business_profile", {})},
        "metadata": merged_metadata(old["metadata"], given.get("metadata", {})),
        "settings": {**old["settings"], "payouts": {**old["settings"]["payouts"], **payouts, "schedule": schedule}},
    }


def get(tx: Tx, given: dict[str, Any], account: str) -> dict[str, Any]:
    return accounts.accessible(tx, account)


def update(tx: Tx, given: dict[str, Any], account: str) -> dict[str, Any]:
    old = accounts.accessible(tx, account)
    capabilities = dict.fromkeys(requested(old["capabilities"], given), "inactive")
    new = accounts.update(tx, old, {**told(old, given), "capabilities": capabilities})
    if pays_out_daily(new):
        set_daily_timer(tx, account)
    return new


def delete(tx: Tx, given: dict[str, Any], account: str) -> dict[str, Any]:
    """Money that is on its way to a bank may still come back, so it counts as well."""
    accounts.accessible(tx, account)
    home = tx.within(account)
    if any(available or pending for _, available, pending in sums(home)):
        raise NotInThisState("This account cannot be deleted because it has a non-zero balance.")
    if any(home.find("payout", limit=1, status=status) for status in UNDER_WAY):
        raise NotInThisState("This account cannot be deleted while a payout is on its way.")
    tx.remove(account)
    return {"id": account, "object": KIND, "deleted": True}


def every(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    return page(tx, KIND, URL, given, more=[CONNECTED])


def login_link(tx: Tx, given: dict[str, Any], account: str) -> dict[str, Any]:
    if not accounts.accessible(tx, account)["details_submitted"]:
        raise NotInThisState("Cannot create a login link for an account that has not completed onboarding.")
    return new_link(tx, "login_link", EXPRESS, account)


def banks(tx: Tx, given: dict[str, Any], account: str) -> dict[str, Any]:
    """Cards are never among them here."""
    accounts.accessible(tx, account)
    more = [("kind = ?", given["object"])] if "object" in given else []
    return page(tx.within(account), "bank_account", f"{URL}/{account}/external_accounts", given, more=more)


def bank(tx: Tx, given: dict[str, Any], account: str, bank: str) -> dict[str, Any]:
    accounts.accessible(tx, account)
    found = tx.within(account).maybe("bank_account", bank)
    if found is None:
        raise NoSuchObject("external account", bank)
    return shown(tx, found)


ENDPOINTS = [
    Endpoint("POST", URL, shape.CREATE, create),
    Endpoint("GET", URL, shape.LIST, every),
    Endpoint("GET", URL + "/{account}", fields(), get, for_accounts=True),
    Endpoint("POST", URL + "/{account}", shape.UPDATE, update),
    Endpoint("DELETE", URL + "/{account}", Hash({}), delete),
    Endpoint("POST", URL + "/{account}/login_links", fields(), login_link),
    Endpoint("GET", URL + "/{account}/external_accounts", shape.BANKS, banks, for_accounts=True),
    Endpoint("GET", URL + "/{account}/external_accounts/{bank}", fields(), bank, for_accounts=True),
]
