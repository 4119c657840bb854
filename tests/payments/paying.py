"""What a payer does, for the tests of payments."""

from payments import services
from payments.models import Payment, SavedCard, StripeCustomer
from payments.services import Charged
from tests.stand_in import GOOD_CARD, StandIn

BAD_LATER = "4000000000000341"
RETURN_URL = "http://test/back-from-the-bank/?order=1"


def checkout(payment: Payment) -> str:
    return services.checkout_url(payment=payment, success_url="http://test/ok/", cancel_url="http://test/back/")


def paid(stand_in: StandIn, payment: Payment, card: str = GOOD_CARD) -> Payment:
    stand_in.pay(checkout(payment), card=card)
    payment.refresh_from_db()
    return services.sync_payment(payment=payment)


def another(payment: Payment, amount: int = 500) -> Payment:
    """More is to be paid for the same order by the same payer."""
    return services.open_payment(payer=payment.payer, ref=payment.ref, amount=amount, description="再聊一会儿")


def charge(payment: Payment, card: SavedCard) -> Charged:
    return services.charge_saved_card(payment=payment, card=card, return_url=RETURN_URL)


def kept_at_stripe(stand_in: StandIn) -> list[str]:
    """The ids of the cards that Stripe keeps for the only customer we have."""
    customer = StripeCustomer.objects.get().stripe_id
    return [
        method["id"] for method in stand_in.api.get("/v1/payment_methods", params={"customer": customer}).json()["data"]
    ]


def intents(stand_in: StandIn, amount: int) -> list[dict]:
    """All charges over so much that were ever begun, newest first."""
    return [one for one in _listed(stand_in, "payment_intents") if one["amount"] == amount]


def charges(stand_in: StandIn, amount: int | None = None) -> list[dict]:
    """Where money really moved."""
    found = [one for one in _listed(stand_in, "charges") if one["status"] == "succeeded"]
    return [one for one in found if amount in (None, one["amount"])]


def _listed(stand_in: StandIn, what: str) -> list[dict]:
    return stand_in.api.get(f"/v1/{what}", params={"limit": 100}).json()["data"]
