"""What the PaymentIntent endpoints take."""

from stripe_sandbox.currencies import LARGEST_AMOUNT
from stripe_sandbox.params import (
    Choice,
    CurrencyCode,
    Email,
    Flag,
    FlagOr,
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
from stripe_sandbox.resources.method_types import INTENT_TYPES

CARD_OPTIONS = Hash(
    {
        "request_three_d_secure": Choice("any", "automatic", "challenge"),
        "setup_future_usage": Choice("none", "off_session", "on_session", clearable=True),
    }
)
METHOD_OPTIONS = Hash(
    {
        "alipay": Hash({"setup_future_usage": Choice("none", clearable=True)}, clearable=True),
        "card": CARD_OPTIONS,
        "wechat_pay": Hash(
            {
                "client": Choice("android", "ios", "web"),
                "setup_future_usage": Choice("none"),
            },
            clearable=True,
        ),
    }
)
FUTURE = Choice("off_session", "on_session", clearable=True)
OFF_SESSION = FlagOr("one_off", "recurring")

CREATE = fields(
    amount=Integer(1, LARGEST_AMOUNT, required=True),
    currency=CurrencyCode(required=True),
    allowed_payment_method_types=ListOf(Choice(*INTENT_TYPES)),
    automatic_payment_methods=Hash({"enabled": Flag(required=True), "allow_redirects": Choice("always", "never")}),
    capture_method=Choice("automatic", "automatic_async"),
    confirm=Flag(),
    confirmation_method=Choice("automatic", "manual"),
    customer=Text(),
    description=Text(1000),
    error_on_requires_action=Flag(),
    metadata=Metadata(),
    off_session=OFF_SESSION,
    payment_method=Text(),
    payment_method_options=METHOD_OPTIONS,
    receipt_email=Email(),
    return_url=Url(),
    setup_future_usage=Choice("off_session", "on_session"),
    statement_descriptor_suffix=Text(22),
    transfer_group=Text(),
    use_stripe_sdk=Flag(),
)
UPDATE = fields(
    amount=Integer(1, LARGEST_AMOUNT),
    currency=CurrencyCode(),
    customer=Text(),
    description=Text(1000),
    metadata=Metadata(clearable=True),
    payment_method=Text(),
    payment_method_options=METHOD_OPTIONS,
    receipt_email=Email(clearable=True),
    setup_future_usage=FUTURE,
    statement_descriptor_suffix=Text(22),
    transfer_group=Text(),
)
CONFIRM = fields(
    error_on_requires_action=Flag(),
    off_session=OFF_SESSION,
    payment_method=Text(),
    payment_method_options=METHOD_OPTIONS,
    receipt_email=Email(clearable=True),
    return_url=Url(),
    setup_future_usage=FUTURE,
    use_stripe_sdk=Flag(),
)
CANCEL = fields(cancellation_reason=Choice("abandoned", "duplicate", "fraudulent", "requested_by_customer"))
RETRIEVE = fields(client_secret=Text())
LIST = list_fields(created=Range(), customer=Text())
