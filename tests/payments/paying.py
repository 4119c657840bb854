"""What a payer does, for the tests of payments."""

from payments import services
from payments.models import Payment
from tests.stand_in import GOOD_CARD, StandIn


def checkout(payment: Payment) -> str:
    return services.checkout_url(payment=payment, success_url="http://test/ok/", cancel_url="http://test/back/")


def paid(stand_in: StandIn, payment: Payment, card: str = GOOD_CARD) -> Payment:
    stand_in.pay(checkout(payment), card=card)
    payment.refresh_from_db()
    return services.sync_payment(payment=payment)
