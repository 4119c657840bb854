"""What the gateway takes and gives: plain values, in fen and epoch seconds, with nothing of a provider's shapes."""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class KeptCard:
    """A card that stays with one of our customers and can be charged again, and what its holder knows it by."""

    id: str
    customer_id: str
    fingerprint: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True)
class Capture:
    """Money that the provider took: ids, the fee in fen and the words for the payer's receipt.

    `card` is None for a wallet, and for a card that was not kept.
    """

    payment_intent_id: str
    charge_id: str
    amount: int
    fee: int
    method: str
    card: KeptCard | None = None


@dataclass(frozen=True, slots=True)
class Checkout:
    """A hosted page to pay on. `status` is open, complete or expired; `capture` is set once it is paid."""

    id: str
    url: str
    status: str
    capture: Capture | None


@dataclass(frozen=True, slots=True)
class CardPage:
    """A hosted page to leave a card on, without paying. `status` as of a Checkout; `card` is set once it is kept."""

    id: str
    url: str
    status: str
    card: KeptCard | None


@dataclass(frozen=True, slots=True)
class Intent:
    """A charge of a saved card, with Stripe's words for its `status`; `capture` is set once it has succeeded.

    `redirect_url` is where the payer proves that the card is theirs (requires_action), `decline_code` is why the last
    attempt failed (requires_payment_method), each "" otherwise. `marks` is what it was made with.
    """

    id: str
    status: str
    redirect_url: str = ""
    decline_code: str = ""
    capture: Capture | None = None
    marks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RefundState:
    """A refund. `status` is pending, requires_action, succeeded, failed or canceled; `amount` in fen.

    `id` is None only for one that was refused. `key` is what it was asked for with, "" where nobody wrote it down.
    """

    id: str | None
    status: str
    amount: int
    failure_reason: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class AccountState:
    """A companion's account. `can_receive`: transfers reach it; `can_withdraw`: it pays out to the bank.

    `due` are the provider's names of what it still wants to know, `disabled_reason` why it holds the account back,
    `bank` the last digits of the bank account, each empty when there is none.
    """

    id: str
    details_submitted: bool
    can_receive: bool
    can_withdraw: bool
    due: tuple[str, ...]
    disabled_reason: str
    bank: str


@dataclass(frozen=True, slots=True)
class TransferState:
    """Money on a companion's account: `amount` fen, of which `reversed` were fetched back. `key` as of a refund."""

    id: str
    amount: int
    reversed: int
    account_id: str
    key: str


@dataclass(frozen=True, slots=True)
class ReversalState:
    """Money that was fetched back from a companion's account; `key` as of a refund."""

    id: str
    amount: int
    key: str


@dataclass(frozen=True, slots=True)
class BankPayout:
    """Money on its way from a companion's account to the bank. `status` is pending, in_transit, paid, failed or
    canceled; `failure_code` is why it failed; `arrives_s` in epoch seconds."""

    id: str
    amount: int
    status: str
    failure_code: str
    created_s: int
    arrives_s: int
    bank: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the provider's own book of our money: `net` is `amount` less `fee`, in fen, negative when it leaves.

    `source` is the id of what it is about, `kind` the provider's word for why. `about` is what that belongs to: the
    charge of a refund or a dispute, the transfer of a reversal, the account of a transfer. `ref` is the reference it
    was marked with. `ours` is False for what our books do not follow: what moves between the provider and our bank,
    and what is in another currency. `source` is "" for what the provider charges the account itself.
    """

    id: str
    kind: str
    amount: int
    fee: int
    net: int
    source: str
    created_s: int
    ours: bool = True
    about: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True)
class DisputeState:
    """A payer's bank asks for the money back. `status` is the provider's; `outcome` is open, won or lost.

    `is_inquiry`: the bank only asks, no money has moved. `due_s`: until when evidence is taken, 0 when it is not any
    more. `entries` are what it has moved on our balance up to now.
    """

    id: str
    charge_id: str
    payment_intent_id: str
    amount: int
    reason: str
    status: str
    outcome: Literal["open", "won", "lost"]
    is_inquiry: bool
    due_s: int
    submitted: int
    entries: tuple[Entry, ...]


Subject = Literal[
    "checkout", "card_page", "card", "intent", "refund", "dispute", "account", "transfer", "bank_payout", ""
]


@dataclass(frozen=True, slots=True)
class Notice:
    """What a webhook is about. It is a reason to ask about the thing with this `id`; what it says may be old.

    `subject` is "" for what nothing here follows from. `account_id` is set when it happened on a companion's account.
    `is_paid`: money came, as of then. `decline_code`: a card was declined. `deauthorised`: the account left us.
    """

    subject: Subject
    id: str = ""
    marks: dict[str, str] = field(default_factory=dict)
    account_id: str = ""
    is_paid: bool = False
    decline_code: str = ""
    deauthorised: bool = False


@dataclass(frozen=True, slots=True)
class Happening:
    """A webhook, or the same event fetched later. `payload` is kept as it came; `provider().notice` reads it."""

    id: str
    type: str
    payload: dict[str, Any]
