"""What a payment provider must be able to do. `tests/payments/providers` is what an adapter has to pass.

An adapter takes and gives the values of `values.py`; no model, no transaction, no decision. Every method may raise
ProviderUnavailable: asking again later helps. Where a method takes a `key`, the same key with the same parameters has
its effect once, whoever asks how often; with other parameters, or when the provider repeats an error of its own for the
key, it raises KeyTaken; while the first is being answered KeyInUse. What is asked for with a key of a day ago is found
again by `find_…`: a provider forgets keys.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from payments.gateway.values import (
    AccountState,
    BankPayout,
    CardPage,
    Checkout,
    DisputeState,
    Entry,
    Happening,
    Intent,
    KeptCard,
    Notice,
    RefundState,
    ReversalState,
    TransferState,
)


class TakesPayments(Protocol):
    """Hosted pages to pay on, and charges of saved cards."""

    def create_customer(self, *, email: str, user_id: int, key: str) -> str:
        """The id of a customer."""

    def create_checkout(
        self,
        *,
        amount: int,
        description: str,
        marks: dict[str, str],
        customer_id: str,
        success_url: str,
        cancel_url: str,
        expires_at: int,
        key: str,
    ) -> Checkout:
        """Opens a hosted page over `amount` fen. `expires_at` in epoch seconds, 30 minutes to 24 hours ahead.

        `marks` is what the webhooks tell us again: the reference as "ref", and whatever else. A card it is paid with
        stays with the customer. Raises CustomerUnknown when the provider does not know the customer.
        """

    def retrieve_checkout(self, session_id: str) -> Checkout:
        """How it stands. Raises FeeUnknown: right after the charge it may not have been settled yet."""

    def expire_checkout(self, session_id: str) -> Checkout:
        """Closes an open page. One that was paid or expired meanwhile is returned as it is."""

    def create_intent(
        self,
        *,
        amount: int,
        description: str,
        marks: dict[str, str],
        customer_id: str,
        payment_method_id: str,
        key: str,
    ) -> Intent:
        """A charge of a saved card over `amount` fen that is not made yet: no money moves before `confirm_intent`.

        Raises CardRefused when this card would not be charged, CustomerUnknown when the customer is not known.
        """

    def confirm_intent(self, *, intent_id: str, return_url: str, key: str) -> Intent:
        """Charges the card. A decline is an intent in requires_payment_method; what cannot be confirmed any more is
        returned as it is."""

    def retrieve_intent(self, intent_id: str) -> Intent:
        """How it stands. Raises FeeUnknown as `retrieve_checkout`."""

    def cancel_intent(self, intent_id: str) -> Intent:
        """Nobody can pay it any more. One that was paid or cancelled meanwhile is returned as it is."""


class KeepsCards(Protocol):
    """Cards that are charged again."""

    def create_card_page(
        self, *, marks: dict[str, str], customer_id: str, success_url: str, cancel_url: str, key: str
    ) -> CardPage:
        """A hosted page to leave a card on. Raises CustomerUnknown."""

    def retrieve_card_page(self, page_id: str) -> CardPage:
        """How it stands. One that the provider does not know (any more) has expired."""

    def retrieve_card(self, payment_method_id: str) -> KeptCard | None:
        """The card as its bank has it now; None for one that the provider does not keep (any more)."""

    def detach_card(self, *, payment_method_id: str, key: str) -> None:
        """The provider forgets the card. One that it does not keep (any more) is forgotten already."""


class SendsBack(Protocol):
    """Refunds."""

    def create_refund(self, *, payment_intent_id: str, amount: int, ref: str, key: str) -> RefundState:
        """Raises RefundRefused when asking again would not help, ProviderUnavailable when it would.

        BalanceTooLow is of the second kind, but its answer may be repeated for the same key: ask under another one.
        """

    def retrieve_refund(self, refund_id: str) -> RefundState:
        """How it stands."""

    def find_refund(self, *, payment_intent_id: str, key: str) -> RefundState | None:
        """The one that was made with this key, however long ago."""


class PaysCompanions(Protocol):
    """Accounts of companions, and money to and from them."""

    def create_account(self, *, email: str, user_id: int, country: str, key: str) -> str:
        """The id of a companion's account; `country` as ISO 3166 says it."""

    def account_page(self, *, account_id: str, refresh_url: str, return_url: str) -> str:
        """Where the companion tells the provider what it wants to know. For one visit, within minutes."""

    def account_dashboard(self, *, account_id: str) -> str:
        """Where the companion looks at the account and changes the bank. Raises AccountGone as `retrieve_account`."""

    def retrieve_account(self, account_id: str) -> AccountState:
        """Raises AccountGone when the account is not ours (any more)."""

    def create_transfer(
        self, *, amount: int, account_id: str, charge_id: str, ref: str, marks: dict[str, str], key: str
    ) -> TransferState:
        """Money of this charge for a companion. Raises TransferRefused when asking again with the same does not help,
        BalanceTooLow as `create_refund`."""

    def find_transfer(self, *, ref: str, key: str) -> TransferState | None:
        """The one that was made with this key, however long ago."""

    def retrieve_transfer(self, transfer_id: str) -> TransferState:
        """How it stands."""

    def reverse_transfer(self, *, transfer_id: str, amount: int, key: str) -> ReversalState:
        """Fetches money back. Raises BalanceTooLow when the account holds less, TransferRefused when nothing helps."""

    def find_reversal(self, *, transfer_id: str, key: str) -> ReversalState | None:
        """The one that was made with this key, however long ago."""

    def bank_payouts(self, account_id: str) -> list[BankPayout]:
        """The last ones of this account, newest first. Raises AccountGone."""


class HearsDisputes(Protocol):
    """Payers' banks that ask for money back."""

    def retrieve_dispute(self, dispute_id: str) -> DisputeState:
        """How it stands."""

    def submit_evidence(self, *, dispute_id: str, evidence: Mapping[str, str], key: str) -> DisputeState:
        """Sends what we have to say to the bank, once and for good. The keys are those of Stripe's evidence hash.

        Raises EvidenceRefused when it is not taken (any more)."""

    def accept_dispute(self, *, dispute_id: str, key: str) -> DisputeState:
        """Gives in, without a word to the bank: it is lost, for good. Raises AcceptRefused for one that is over."""


class KeepsBooks(Protocol):
    """What the provider says happened."""

    def entries(self, *, since_s: int = 0) -> Iterator[Entry]:
        """Every line of its book of our money from that moment on, newest first."""

    def undelivered(self, *, since_s: int, account_id: str = "") -> Iterator[Happening]:
        """Events from that moment on which some webhook of ours has not taken, newest first: ours, or those of one
        companion's account. Raises AccountGone for an account that is not ours (any more)."""

    def open_happening(self, payload: bytes, signature: str, *, of_companions: bool = False) -> Happening:
        """The event in a webhook's raw body; what happens on companions' accounts comes to an address of its own, with
        a secret of its own. Raises SignatureRefused for a wrong, missing or old signature."""

    def notice(self, payload: Mapping[str, Any]) -> Notice:
        """What a kept event is about."""


class Provider(TakesPayments, KeepsCards, SendsBack, PaysCompanions, HearsDisputes, KeepsBooks, Protocol):
    """All of it."""
