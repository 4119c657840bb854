"""Bank accounts that payouts go to. Only Stripe's test numbers are taken; any other is refused and never stored."""

from dataclasses import dataclass
from typing import Any

from stripe_sandbox.events import emit, emit_update
from stripe_sandbox.ids import new_id, token
from stripe_sandbox.store import Tx

GOOD = "000123456789"


@dataclass(frozen=True)
class Fate:
    """What becomes of a payout to a number; no `code` when it arrives."""

    code: str | None = None
    message: str | None = None


CLOSED = Fate("account_closed", "The bank account has been closed")
FATES = {
    GOOD: Fate(),
    "000111111116": CLOSED,
    "000111111113": CLOSED,
    "000222222227": Fate("insufficient_funds", "The bank account has insufficient funds to cover this payout"),
}


def bank_of(tx: Tx) -> dict[str, Any] | None:
    """Where the account's payouts go; the one given last."""
    found = tx.find("bank_account", limit=1)
    return found[0] if found else None


def platform_bank(tx: Tx) -> dict[str, Any]:
    """The platform has always had one."""
    return bank_of(tx) or tx.add(new_bank(tx, GOOD, country="CN", currency="cny"), {"number": GOOD})


def change_bank(tx: Tx, number: str, *, country: str, currency: str, holder: str | None = None) -> dict[str, Any]:
    """Takes the place of the one before it. `tx` is within the account; the number must be one of FATES."""
    old = bank_of(tx)
    made = tx.add(new_bank(tx, number, country=country, currency=currency, holder=holder), {"number": number})
    emit(tx, "account.external_account.created", made)
    if old:
        tx.remove(old["id"])
        emit(tx, "account.external_account.deleted", old)
    return made


def new_bank(tx: Tx, number: str, *, country: str, currency: str, holder: str | None = None) -> dict[str, Any]:
    return {
        "id": new_id("ba"),
        "object": "bank_account",
        "account": tx.origin.account or None,
        "account_holder_name": holder,
        "account_holder_type": "individual",
        "account_type": None,
        "available_payout_methods": ["standard"],
        "bank_name": "STRIPE SANDBOX BANK",
        "country": country,
        "currency": currency,
        "default_for_currency": True,
        "fingerprint": token(16),
        "future_requirements": nothing_due(),
        "last4": number[-4:],
        "metadata": {},
        "requirements": nothing_due(),
        "routing_number": "110000000",
        "status": "new",
    }


def nothing_due() -> dict[str, list[Any]]:
    return {"currently_due": [], "errors": [], "past_due": [], "pending_verification": []}


def sent_back(tx: Tx, bank_id: str) -> None:
    """A payout failed: Stripe stops sending there until another bank account is given. Nothing if it is gone."""
    bank = tx.maybe("bank_account", bank_id)
    if bank:
        emit_update(tx, "account.external_account.updated", bank, tx.save({**bank, "status": "errored"}))
