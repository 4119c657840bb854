"""What the Checkout Session endpoints take."""

from stripe_sandbox.currencies import LARGEST_AMOUNT
from stripe_sandbox.params import (
    Amount,
    Choice,
    CurrencyCode,
    Email,
    Flag,
    Hash,
    Integer,
    ListOf,
    Metadata,
    Range,
    Text,
    Url,
    fields,
    list_fields,
)
from stripe_sandbox.resources.method_types import CHECKOUT_TYPES
from stripe_sandbox.resources.payment_intent_params import CARD_OPTIONS

LOCALES = """
    auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro
    ru sk sl sv th tr vi zh zh-HK zh-TW
"""

PRODUCT = Hash(
    {
        "name": Text(250, required=True),
        "description": Text(1000),
        "images": ListOf(Url(2048), longest=8),
        "metadata": Metadata(),
    }
)
PRICE = Hash(
    {
        "currency": CurrencyCode(required=True),
        "product": Text(),
        "product_data": PRODUCT,
        "tax_behavior": Choice("exclusive", "inclusive", "unspecified"),
        "unit_amount": Integer(0, LARGEST_AMOUNT),
        "unit_amount_decimal": Amount(),
    }
)
LINE_ITEM = Hash({"metadata": Metadata(), "price": Text(), "price_data": PRICE, "quantity": Integer(1, 1_000_000)})
INTENT_DATA = Hash(
    {
        "capture_method": Choice("automatic", "automatic_async"),
        "description": Text(1000),
        "metadata": Metadata(),
        "receipt_email": Email(),
        "setup_future_usage": Choice("off_session", "on_session"),
        "statement_descriptor_suffix": Text(22),
        "transfer_group": Text(),
    }
)
METHOD_OPTIONS = Hash(
    {
        "alipay": Hash({"setup_future_usage": Choice("none")}),
        "card": Hash(
            {**CARD_OPTIONS.fields, "setup_future_usage": Choice("off_session", "on_session")},
        ),
        "wechat_pay": Hash(
            {"client": Choice("android", "ios", "web", required=True), "setup_future_usage": Choice("none")}
        ),
    }
)
# Known to Stripe, without effect here, and harmless to ignore: looks and texts of the hosted page, and origin_context.
IGNORED = {
    "branding_settings": Hash(
        {
            "background_color": Text(clearable=True),
            "border_style": Choice("pill", "rectangular", "rounded", clearable=True),
            "button_color": Text(clearable=True),
            "display_name": Text(),
        }
    ),
    "billing_address_collection": Choice("auto"),
    "origin_context": Choice("mobile_app", "web"),
}

EXCLUDABLE = [name for name in CHECKOUT_TYPES if name != "link"]
CREATE = fields(
    **IGNORED,
    adaptive_pricing=Hash({"enabled": Flag()}),
    allowed_payment_method_types=ListOf(Choice(*CHECKOUT_TYPES)),
    cancel_url=Url(),
    client_reference_id=Text(200),
    currency=CurrencyCode(),
    customer=Text(),
    customer_creation=Choice("always", "if_required"),
    customer_email=Email(800),
    excluded_payment_method_types=ListOf(Choice(*EXCLUDABLE)),
    expires_at=Integer(0),
    line_items=ListOf(LINE_ITEM),
    locale=Choice(*LOCALES.split()),
    metadata=Metadata(),
    mode=Choice("payment", "setup", "subscription"),
    payment_intent_data=INTENT_DATA,
    payment_method_options=METHOD_OPTIONS,
    setup_intent_data=Hash({"description": Text(1000), "metadata": Metadata()}),
    submit_type=Choice("auto", "book", "donate", "pay", "subscribe"),
    success_url=Url(),
    ui_mode=Choice("elements", "embedded_page", "form", "hosted_page"),
)
EMPTY = fields()
LIST = list_fields(
    created=Range(),
    customer=Text(),
    customer_details=Hash({"email": Email(required=True)}),
    payment_intent=Text(),
    status=Choice("complete", "expired", "open"),
)
LINE_ITEMS = list_fields()
