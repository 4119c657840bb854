"""What companions are told by letter when something stands between them and their money, and what to do about it."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.services import write_letter
from common.money import format_yuan
from payments.models import BankPayout, Dispute, Earning, PayoutAccount
from payments.services.naming import named
from payments.services.payouts.losses import reason_of

# Stripe's failure codes, as far as something else is to be done than to look at the number.
BANK_REASONS = {
    "account_closed": _("The account is closed. Please give another bank account."),
    "account_frozen": _("The account is frozen. Please ask your bank, or give another account."),
    "bank_account_restricted": _("The account does not take such payments. Please ask your bank, or give another one."),
    "incorrect_account_holder_name": _("The name of the account's holder is another one. Please correct it."),
    "invalid_currency": _("The account does not take this currency. Please give another account."),
    "could_not_process": _("The bank could not carry it out. Please ask your bank, or give another account."),
}
OTHER_REASON = _("The bank did not take it. Please check the number of the account.")


def bank_reason(code: str) -> object:
    """Why the bank did not take it and what to do, in the reader's language."""
    return BANK_REASONS.get(code, OTHER_REASON)


def tell_bank_failed(payout: BankPayout) -> None:
    """The money is on her account at Stripe again."""
    write_letter(
        to=payout.account.user,
        key=f"bank-payout-failed-{payout.pk}",
        subject=_("%(money)s did not reach your bank"),
        body=_("Your bank sent %(money)s back. Nothing is lost: the money is kept for you.\n\n%(reason)s"),
        path=reverse("payments:payouts"),
        money=format_yuan(payout.amount),
        reason=bank_reason(payout.failure_code),
    )


def tell_wanted(account: PayoutAccount) -> None:
    """Stripe asks for more than it did."""
    wanted = "-".join(sorted(account.due))[:120]
    write_letter(
        to=account.user,
        key=f"payout-account-wanted-{account.pk}-{account.stripe_id}-{wanted}"[:200],
        subject=_("Our payment service asks you for something"),
        body=_("Before more can be paid out, our payment service wants to know something from you. It takes a minute."),
        path=reverse("payments:payouts"),
    )


def tell_left(account: PayoutAccount) -> None:
    """Her account is not connected with us any more."""
    write_letter(
        to=account.user,
        key=f"payout-account-left-{account.stripe_id}",
        subject=_("Your payout account is not connected any more"),
        body=_("What you earn is kept for you. To have it paid out, please set up your payout account again."),
        path=reverse("payments:payouts"),
    )


def tell_lost(dispute: Dispute, earning: Earning, amount: int) -> None:
    """A payer's bank has taken a payment back for good, and `amount` fen of it were hers."""
    write_letter(
        to=earning.companion,
        key=f"earning-lost-{dispute.pk}",
        subject=_("The order %(order)s: a bank took a payment back"),
        body=_(
            "The client's bank took back a payment for the order %(order)s for good. "
            "%(reason)s\n\nYour part of it is %(money)s. It comes first out of what has not been sent to you, then out "
            "of what was sent and still lies on your account at Stripe. Whatever neither covers comes off what you "
            "earn next; you need not pay anything yourself. How it stands is on this page, beside the order:"
        ),
        path=reverse("payments:payouts"),
        order=named([dispute.ref])[dispute.ref].number,
        reason=reason_of(dispute),
        money=format_yuan(amount),
    )
