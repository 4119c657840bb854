"""What a payer can pay with: Stripe's test cards, and the two wallets. Nothing else is ever accepted or kept."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Decline:
    code: str
    decline_code: str | None
    message: str
    advice: str = "try_again_later"
    network_code: str = "01"


@dataclass(frozen=True)
class Complaint:
    """Why the holder's bank asks for the money back. An inquiry only asks a question; no money moves."""

    reason: str
    inquiry: bool = False


@dataclass(frozen=True)
class Instrument:
    """`refund` is "now", "pending" (succeeds later) or "fails" (succeeds, then fails later).

    `decline_kept` is what a card answers once a customer keeps it; `authenticates` is when 3-D Secure is asked for:
    "never", "always", or "until_set_up" for later payments; `complaint` is raised right after each payment.
    """

    key: str
    type: str = "card"
    brand: str = "visa"
    decline: Decline | None = None
    decline_kept: Decline | None = None
    authenticates: str = "never"
    refund: str = "now"
    available_at_once: bool = False
    complaint: Complaint | None = None
    names: tuple[str, ...] = ()

    @property
    def last4(self) -> str:
        return self.key[-4:]


GENERIC = Decline("card_declined", "generic_decline", "Your card was declined.")
NO_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.", network_code="51")
LOST = Decline("card_declined", "lost_card", "Your card was declined.", "do_not_try_again", "41")
STOLEN = Decline("card_declined", "stolen_card", "Your card was declined.", "do_not_try_again", "43")
EXPIRED = Decline("expired_card", None, "Your card has expired.", "confirm_card_data", "54")
WRONG_CVC = Decline("incorrect_cvc", None, "Your card's security code is incorrect.", "confirm_card_data", "N7")
PROCESSING = Decline(
    "processing_error",
    None,
    "An error occurred while processing your card. Try again in a little bit.",
    "try_again_later",
    "06",
)
UNAUTHENTICATED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
    "confirm_card_data",
    "1A",
)
NOT_A_TEST_CARD = Decline(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card. "
    "For a list of valid test cards, visit: https://stripe.com/docs/testing.",
)

INSTRUMENTS = (
    Instrument("4242424242424242", names=("pm_card_visa",)),
    Instrument("5555555555554444", brand="mastercard", names=("pm_card_mastercard",)),
    Instrument("6200000000000005", brand="unionpay", names=("pm_card_unionpay",)),
    Instrument("4000000000000002", decline=GENERIC, names=("pm_card_visa_chargeDeclined", "pm_card_chargeDeclined")),
    Instrument("4000000000009995", decline=NO_FUNDS, names=("pm_card_visa_chargeDeclinedInsufficientFunds",)),
    Instrument("4000000000009987", decline=LOST, names=("pm_card_visa_chargeDeclinedLostCard",)),
    Instrument("4000000000009979", decline=STOLEN, names=("pm_card_visa_chargeDeclinedStolenCard",)),
    Instrument("4000000000000069", decline=EXPIRED, names=("pm_card_chargeDeclinedExpiredCard",)),
    Instrument("4000000000000127", decline=WRONG_CVC, names=("pm_card_chargeDeclinedIncorrectCvc",)),
    Instrument("4000000000000119", decline=PROCESSING, names=("pm_card_chargeDeclinedProcessingError",)),
    Instrument("4000000000000077", available_at_once=True, names=("pm_card_bypassPending",)),
    Instrument("4000000000007726", refund="pending", names=("pm_card_pendingRefund",)),
    Instrument("4000000000005126", refund="fails", names=("pm_card_refundFail",)),
    Instrument("4000000000000341", decline_kept=GENERIC, names=("pm_card_chargeCustomerFail",)),
    Instrument("4000002500003155", authenticates="until_set_up", names=("pm_card_authenticationRequiredOnSetup",)),
    Instrument("4000002760003184", authenticates="always", names=("pm_card_authenticationRequired",)),
    Instrument("4000000000000259", complaint=Complaint("fraudulent"), names=("pm_card_createDispute",)),
    Instrument(
        "4000000000002685",
        complaint=Complaint("product_not_received"),
        names=("pm_card_createDisputeProductNotReceived",),
    ),
    Instrument(
        "4000000000001976", complaint=Complaint("fraudulent", inquiry=True), names=("pm_card_createDisputeInquiry",)
    ),
    Instrument("alipay", type="alipay", refund="pending"),
    Instrument("wechat_pay", type="wechat_pay", refund="pending"),
)
BY_KEY = {instrument.key: instrument for instrument in INSTRUMENTS}
BY_NAME = {name: instrument for instrument in INSTRUMENTS for name in instrument.names}
OFFERED = ("card", "alipay", "wechat_pay")


def passes_luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
