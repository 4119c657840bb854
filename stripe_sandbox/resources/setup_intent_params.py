"""What the SetupIntent endpoints take."""

from stripe_sandbox.params import Choice, Flag, Hash, ListOf, Metadata, Range, Text, Url, fields, list_fields
from stripe_sandbox.resources.method_types import INTENT_TYPES

CREATE = fields(
    allowed_payment_method_types=ListOf(Choice(*INTENT_TYPES)),
    automatic_payment_methods=Hash({"enabled": Flag(required=True), "allow_redirects": Choice("always", "never")}),
    confirm=Flag(),
    customer=Text(),
    description=Text(1000),
    metadata=Metadata(),
    payment_method=Text(),
    return_url=Url(),
    usage=Choice("off_session", "on_session"),
    use_stripe_sdk=Flag(),
)
UPDATE = fields(
    customer=Text(),
    description=Text(1000),
    metadata=Metadata(clearable=True),
    payment_method=Text(),
)
CONFIRM = fields(payment_method=Text(), return_url=Url(), use_stripe_sdk=Flag())
CANCEL = fields(cancellation_reason=Choice("abandoned", "duplicate", "requested_by_customer"))
RETRIEVE = fields(client_secret=Text())
LIST = list_fields(created=Range(), customer=Text(), payment_method=Text())
