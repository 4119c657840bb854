from django.utils.translation import gettext_lazy as _

from common.errors import UserError


class ProviderUnavailable(UserError):
    code = "payment_provider_unavailable"
    message = _("The payment service does not answer right now. No money was taken; please try again in a moment.")
    status = 503


class KeyTaken(ProviderUnavailable):
    """Stripe knows this idempotency key with other parameters, or with an error of its own that it repeats: it takes a
    new one to go on, or a day."""


class KeyInUse(ProviderUnavailable):
    """The same question is being answered to somebody else at this moment."""


class CustomerUnknown(ProviderUnavailable):
    """Stripe does not know this customer (any more): it takes a new one to go on."""


class FeeUnknown(ProviderUnavailable):
    """The money was taken, and Stripe has not told its fee yet: ask again in a moment."""


class ChargeUnknown(ProviderUnavailable):
    """Stripe was asked to charge a card and did not answer. A worker finds out what became of it."""

    code = "charge_unknown"
    message = _("The payment service does not answer right now. Please do not pay again yet: we are finding out.")


class BalanceTooLow(ProviderUnavailable):
    """What Stripe holds for us does not cover the refund today. Nothing was made; a later one takes a new key."""


class PaymentClosed(UserError):
    code = "payment_closed"
    message = _("This payment is no longer open. No money was taken.")
    status = 409


class PaymentUnderWay(UserError):
    """It is being paid in another way at this moment: a second way is not opened beside it."""

    code = "payment_under_way"
    message = _("This payment is just being made. Please wait a moment before you try another way.")
    status = 409


class CardGone(UserError):
    code = "card_gone"
    message = _("This card is not saved any more. No money was taken; please pay in another way.")
    status = 409


class CardExpired(UserError):
    code = "card_expired"
    message = _("This card has expired. No money was taken; please pay in another way.")
    status = 409


class TooManyCards(UserError):
    code = "too_many_cards"
    message = _("You have begun to add a card very often just now. Please try again in an hour.")
    status = 429


class NothingToAnswer(UserError):
    code = "nothing_to_answer"
    message = _("This dispute takes no answer any more: it was sent, or the time is over.")
    status = 409


class Refused(Exception):
    """The provider will not do it, now or later; `reason` is its code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CardRefused(Refused):
    """Stripe will not charge this card, now or later."""


class RefundRefused(Refused):
    """Stripe will not make this refund, now or later."""


class TransferRefused(Refused):
    """Money will not be moved to or from this companion's account as it is now."""


class EvidenceRefused(Refused):
    """What we have to say in a dispute is not taken (any more)."""


class NotByHand(Exception):
    """It cannot be taken into the books as done by hand; the message says why."""


class NotOutside(Exception):
    """It cannot be booked as gone past the provider; the message says why."""


class AcceptRefused(Refused):
    """A dispute that we would give in to is over, or not to be given in to."""


class AccountGone(Exception):
    """The companion's account does not exist, or has left us."""


class WrongCurrency(Exception):
    """The provider settles in another currency than the books are kept in: nothing of it can be booked."""


class SignatureRefused(Exception):
    """A webhook that Stripe did not sign, or signed too long ago."""


class LedgerMismatch(Exception):
    """A transfer with this key is in the books already, with another amount or other accounts."""
