"""What the account endpoints take. Of Connect this stand-in knows accounts with an Express dashboard."""

from typing import Any

from stripe_sandbox.params import (
    Choice,
    CurrencyCode,
    Email,
    Flag,
    Hash,
    Integer,
    Metadata,
    Range,
    Text,
    Url,
    fields,
    list_fields,
)

REQUESTED = Hash({"requested": Flag()})
PROFILE = Hash(
    {
        "mcc": Text(4),
        "name": Text(),
        "product_description": Text(),
        "support_email": Email(),
        "support_phone": Text(),
        "support_url": Url(clearable=True),
        "url": Url(),
    }
)
CONTROLLER = Hash(
    {
        "fees": Hash({"payer": Choice("application")}),
        "losses": Hash({"payments": Choice("application")}),
        "requirement_collection": Choice("stripe"),
        "stripe_dashboard": Hash({"type": Choice("express")}),
    }
)
SCHEDULE = Hash({"delay_days": Integer(1, 31), "interval": Choice("daily", "manual")})
SETTINGS = Hash({"payouts": Hash({"schedule": SCHEDULE, "statement_descriptor": Text(22)})})
COMMON: dict[str, Any] = {
    "business_profile": PROFILE,
    "business_type": Choice("company", "individual", "non_profit"),
    "capabilities": Hash({"card_payments": REQUESTED, "transfers": REQUESTED}),
    "email": Email(800),
    "metadata": Metadata(clearable=True),
    "settings": SETTINGS,
}
CREATE = fields(
    **COMMON, controller=CONTROLLER, country=Text(2), default_currency=CurrencyCode(), type=Choice("express")
)
UPDATE = fields(**COMMON)
LIST = list_fields(created=Range())
LINK = fields(
    account=Text(required=True),
    collect=Choice("currently_due", "eventually_due"),
    collection_options=Hash(
        {
            "fields": Choice("currently_due", "eventually_due"),
            "future_requirements": Choice("include", "omit"),
        }
    ),
    refresh_url=Url(),
    return_url=Url(),
    type=Choice("account_onboarding", "account_update", required=True),
)
BANKS = list_fields(object=Choice("bank_account", "card"))
