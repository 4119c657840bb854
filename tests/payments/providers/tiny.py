"""A payment provider in memory. It takes no money and keeps nothing; it shows that the port asks for nothing of
Stripe's own. Amounts, keys and states are kept as strictly as the port says."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from payments.errors import (
    AcceptRefused,
    AccountGone,
    CardRefused,
    CustomerUnknown,
    EvidenceRefused,
    KeyTaken,
    RefundRefused,
    SignatureRefused,
    TransferRefused,
)
from payments.gateway.values import (
    AccountState,
    BankPayout,
    Capture,
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

FEE, DISPUTE_FEE, DAYS = 30, 85, 7 * 86_400
SECRET = b"a secret of our own"
TOLERANCE_S = 300


@dataclass
class Till:
    """What is known: by id, and by key what was asked and answered."""

    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    things: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    book: list[Entry] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def id(self, kind: str) -> str:
        return f"{kind}-{next(self.numbers)}"

    def keep(self, thing: Any) -> Any:
        self.things[thing.id] = thing
        return thing

    def change(self, thing_id: str, **changes: Any) -> Any:
        return self.keep(replace(self.things[thing_id], **changes))

    def of(self, kind: type) -> list[Any]:
        return [thing for thing in self.things.values() if isinstance(thing, kind)]

    def once(self, key: str, question: Any, answer: Callable[[], Any]) -> Any:
        if key not in self.asked:
            self.asked[key] = (question, answer())
        before, told = self.asked[key]
        if before != question:
            raise KeyTaken
        return self.things.get(getattr(told, "id", ""), told)

    def note(self, kind: str, amount: int, source: str, fee: int = 0) -> Entry:
        entry = Entry(self.id("line"), kind, amount, fee, amount - fee, source, int(time.time()))
        self.book.insert(0, entry)
        return entry


@dataclass
class Page:
    """What stands behind a Checkout, an Intent or a CardPage."""

    customer_id: str
    amount: int = 0
    marks: dict[str, str] = field(default_factory=dict)
    card: str = ""


class TinyProvider:
    def __init__(self) -> None:
        self.till = Till()
        self.pages: dict[str, Page] = {}
        self.customers: set[str] = set()
        self.given_up: set[str] = set()
        self.nature: dict[str, str] = {}

    # Payments

    def create_customer(self, *, email: str, user_id: int, key: str) -> str:
        def made() -> str:
            customer = self.till.id("customer")
            self.customers.add(customer)
            return customer

        return self.till.once(key, (email, user_id), made)

    def create_checkout(self, *, key: str, **asked: Any) -> Checkout:
        def made() -> Checkout:
            page = Page(asked["customer_id"], asked["amount"], asked["marks"])
            return self._opened(page, Checkout(self.till.id("checkout"), "http://tiny.test/", "open", None))

        return self.till.once(key, asked, made)

    def _opened(self, page: Page, thing: Any) -> Any:
        if page.customer_id not in self.customers:
            raise CustomerUnknown
        self.pages[thing.id] = page
        return self.till.keep(replace(thing, url=f"http://tiny.test/{thing.id}"))

    def retrieve_checkout(self, session_id: str) -> Checkout:
        return self.till.things[session_id]

    def expire_checkout(self, session_id: str) -> Checkout:
        checkout = self.till.things[session_id]
        return self.till.change(session_id, status="expired") if checkout.status == "open" else checkout

    def take(self, thing_id: str, nature: str, *, keep_as: KeptCard | None = None) -> Capture:
        """The money moves."""
        page = self.pages[thing_id]
        card = keep_as or self.keep_card(page.customer_id, nature)
        charge = self.till.id("charge")
        capture = Capture(self.till.id("payment"), charge, page.amount, FEE, f"{card.brand} •••• {card.last4}", card)
        self.till.things[charge] = self.till.things[capture.payment_intent_id] = capture
        self.till.note("charge", page.amount, charge, FEE)
        self.till.events.insert(0, {"id": self.till.id("event"), "about": thing_id, "marks": page.marks})
        return capture

    def keep_card(self, customer_id: str, nature: str) -> KeptCard:
        card = KeptCard(self.till.id("card"), customer_id, nature, "visa", "4242", 12, 2040)
        self.nature[card.id] = nature
        return self.till.keep(card)

    def create_intent(self, *, key: str, **asked: Any) -> Intent:
        def made() -> Intent:
            if asked["payment_method_id"] in self.given_up:
                raise CardRefused("gone")
            page = Page(asked["customer_id"], asked["amount"], asked["marks"], asked["payment_method_id"])
            intent = Intent(self.till.id("intent"), "requires_confirmation")
            self.pages[intent.id] = page
            return self.till.keep(intent)

        return self.till.once(key, asked, made)

    def confirm_intent(self, *, intent_id: str, return_url: str, key: str) -> Intent:
        if self.till.things[intent_id].status != "requires_confirmation":
            return self.till.things[intent_id]
        match self.nature[self.pages[intent_id].card]:
            case "fails_later":
                return self.till.change(intent_id, status="requires_payment_method", decline_code="declined")
            case "proves":
                return self.till.change(intent_id, status="requires_action", redirect_url=f"http://bank/{intent_id}")
        return self.charge(intent_id)

    def charge(self, intent_id: str) -> Intent:
        card = self.till.things[self.pages[intent_id].card]
        return self.till.change(intent_id, status="succeeded", capture=self.take(intent_id, "", keep_as=card))

    def retrieve_intent(self, intent_id: str) -> Intent:
        return self.till.things[intent_id]

    def cancel_intent(self, intent_id: str) -> Intent:
        intent = self.till.things[intent_id]
        return intent if intent.status == "succeeded" else self.till.change(intent_id, status="canceled")

    def create_card_page(self, *, key: str, **asked: Any) -> CardPage:
        def made() -> CardPage:
            page = CardPage(self.till.id("cardpage"), "", "open", None)
            return self._opened(Page(asked["customer_id"], marks=asked["marks"]), page)

        return self.till.once(key, asked, made)

    def retrieve_card_page(self, page_id: str) -> CardPage:
        return self.till.things[page_id]

    def detach_card(self, *, payment_method_id: str, key: str) -> None:
        self.given_up.add(payment_method_id)

    # Refunds

    def create_refund(self, *, key: str, payment_intent_id: str, amount: int, ref: str) -> RefundState:
        def made() -> RefundState:
            capture = self.till.things[payment_intent_id]
            if self._left(capture) < amount or self._is_disputed(capture.charge_id):
                raise RefundRefused("too_much")
            refund = self.till.keep(RefundState(self.till.id("refund"), "succeeded", amount, "", key))
            self.till.things[f"of-{refund.id}"] = payment_intent_id
            self.till.note("refund", -amount, refund.id)
            return refund

        return self.till.once(key, (payment_intent_id, amount, ref), made)

    def _left(self, capture: Capture) -> int:
        return capture.amount - sum(one.amount for one in self._refunds_of(capture.payment_intent_id))

    def _refunds_of(self, payment_intent_id: str) -> list[RefundState]:
        refunds = self.till.of(RefundState)
        return [one for one in refunds if self.till.things[f"of-{one.id}"] == payment_intent_id]

    def retrieve_refund(self, refund_id: str) -> RefundState:
        return self.till.things[refund_id]

    def find_refund(self, *, payment_intent_id: str, key: str) -> RefundState | None:
        return next((one for one in self._refunds_of(payment_intent_id) if one.key == key), None)

    # Companions

    def create_account(self, *, email: str, user_id: int, country: str, key: str) -> str:
        def made() -> str:
            blank = AccountState(self.till.id("account"), False, False, False, ("everything",), "", "")
            return self.till.keep(blank).id

        return self.till.once(key, (email, user_id, country), made)

    def account_page(self, *, account_id: str, refresh_url: str, return_url: str) -> str:
        return f"http://tiny.test/{self.retrieve_account(account_id).id}/{self.till.id('visit')}"

    def account_dashboard(self, *, account_id: str) -> str:
        return self.account_page(account_id=account_id, refresh_url="", return_url="")

    def retrieve_account(self, account_id: str) -> AccountState:
        if account_id not in self.till.things:
            raise AccountGone
        return self.till.things[account_id]

    def create_transfer(self, *, key: str, amount: int, account_id: str, **asked: Any) -> TransferState:
        def made() -> TransferState:
            account, charge_id = self.till.things.get(account_id), asked["charge_id"]
            if account is None or not account.can_receive or amount + self._moved(charge_id) > self._brought(charge_id):
                raise TransferRefused("refused")
            transfer = self.till.keep(TransferState(self.till.id("transfer"), amount, 0, account_id, key))
            self.till.things[f"of-{transfer.id}"] = (charge_id, asked["ref"])
            self.till.note("transfer", -amount, transfer.id)
            return transfer

        return self.till.once(key, (amount, account_id, asked), made)

    def _moved(self, charge_id: str) -> int:
        transfers = self.till.of(TransferState)
        return sum(one.amount for one in transfers if self.till.things[f"of-{one.id}"][0] == charge_id)

    def _brought(self, charge_id: str) -> int:
        return self.till.things[charge_id].amount

    def find_transfer(self, *, ref: str, key: str) -> TransferState | None:
        transfers = self.till.of(TransferState)
        return next((t for t in transfers if t.key == key and self.till.things[f"of-{t.id}"][1] == ref), None)

    def retrieve_transfer(self, transfer_id: str) -> TransferState:
        return self.till.things[transfer_id]

    def reverse_transfer(self, *, transfer_id: str, amount: int, key: str) -> ReversalState:
        def made() -> ReversalState:
            transfer = self.till.things[transfer_id]
            if transfer.reversed + amount > transfer.amount:
                raise TransferRefused("too_much")
            self.till.change(transfer_id, reversed=transfer.reversed + amount)
            reversal = self.till.keep(ReversalState(self.till.id("reversal"), amount, key))
            self.till.note("transfer_refund", amount, reversal.id)
            return reversal

        return self.till.once(key, (transfer_id, amount), made)

    def find_reversal(self, *, transfer_id: str, key: str) -> ReversalState | None:
        return next((one for one in self.till.of(ReversalState) if one.key == key), None)

    def bank_payouts(self, account_id: str) -> list[BankPayout]:
        self.retrieve_account(account_id)
        return []

    # Disputes

    def complain(self, charge_id: str) -> str:
        capture = self.till.things[charge_id]
        taken = self.till.note("dispute", -capture.amount, charge_id, DISPUTE_FEE)
        due_s = int(time.time()) + DAYS
        opened = DisputeState(
            self.till.id("dispute"),
            charge_id,
            capture.payment_intent_id,
            capture.amount,
            "fraudulent",
            "asked",
            "open",
            False,
            due_s,
            0,
            (taken,),
        )
        return self.till.keep(opened).id

    def _is_disputed(self, charge_id: str) -> bool:
        return any(one.charge_id == charge_id and one.outcome != "won" for one in self.till.of(DisputeState))

    def decide(self, dispute_id: str, *, won: bool) -> None:
        dispute = self.till.things[dispute_id]
        back = (self.till.note("dispute_won", dispute.amount, dispute.charge_id),) if won else ()
        outcome = "won" if won else "lost"
        self.till.change(dispute_id, outcome=outcome, status="over", due_s=0, entries=(*dispute.entries, *back))

    def retrieve_dispute(self, dispute_id: str) -> DisputeState:
        return self.till.things[dispute_id]

    def submit_evidence(self, *, dispute_id: str, evidence: Mapping[str, str], key: str) -> DisputeState:
        def made() -> DisputeState:
            dispute = self.till.things[dispute_id]
            if dispute.submitted or dispute.outcome != "open":
                raise EvidenceRefused("sent")
            return self.till.change(dispute_id, submitted=1, due_s=0)

        return self.till.once(key, (dispute_id, dict(evidence)), made)

    def accept_dispute(self, *, dispute_id: str, key: str) -> DisputeState:
        def made() -> DisputeState:
            if self.till.things[dispute_id].outcome != "open":
                raise AcceptRefused("over")
            self.decide(dispute_id, won=False)
            return self.till.things[dispute_id]

        return self.till.once(key, dispute_id, made)

    # Books

    def entries(self, *, since_s: int = 0) -> Iterator[Entry]:
        return (entry for entry in list(self.till.book) if entry.created_s >= since_s)

    def undelivered(self, *, since_s: int) -> Iterator[Happening]:
        return iter(())

    def open_happening(self, payload: bytes, signature: str, *, of_companions: bool = False) -> Happening:
        moment, _, seal = signature.partition(".")
        if not hmac.compare_digest(seal, sealed(payload, moment)) or int(moment) < time.time() - TOLERANCE_S:
            raise SignatureRefused
        event = json.loads(payload)
        return Happening(event["id"], "paid", event)

    def notice(self, payload: Mapping[str, Any]) -> Notice:
        about = payload.get("about", "")
        kind = about.partition("-")[0]
        if kind not in ("checkout", "intent"):
            return Notice("")
        return Notice(kind, about, dict(payload["marks"]), is_paid=True)  # type: ignore[arg-type]


def sealed(payload: bytes, moment: str, secret: bytes = SECRET) -> str:
    return hmac.new(secret, moment.encode() + payload, hashlib.sha256).hexdigest()
