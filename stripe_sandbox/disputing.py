"""Disputes: the holder's bank takes the money back, or asks; the merchant answers, or does not; it ends, once.

What real Stripe does in test mode is the model: ids `du_…`, the order of events, one balance transaction for amount and
fee, the three words in `uncategorized_text`, 8 days to answer until the end of that UTC day.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from stripe_sandbox.blank import blank_dispute
from stripe_sandbox.cards import BY_KEY, Complaint
from stripe_sandbox.charging import DAY, book
from stripe_sandbox.currencies import written
from stripe_sandbox.errors import NotInThisState, StripeError
from stripe_sandbox.events import emit, emit_update
from stripe_sandbox.ids import new_id
from stripe_sandbox.refunding import unrefunded
from stripe_sandbox.store import Tx

KIND = "dispute"
DAYS_TO_ANSWER = 8
FEE = {"cny": 8500, "hkd": 8500, "usd": 1500, "eur": 2000, "sgd": 1500, "jpy": 1300}
# Visa's codes for what cardholders complain of; Stripe's word for each.
NETWORK_CODES = {
    "credit_not_processed": "13.7",
    "duplicate": "12.6.1",
    "fraudulent": "10.4",
    "general": None,
    "product_not_received": "13.1",
    "product_unacceptable": "13.3",
    "subscription_canceled": "13.2",
    "unrecognized": "10.4",
}
ANSWERED = {"needs_response": "under_review", "warning_needs_response": "warning_under_review"}
OPEN = (*ANSWERED, *ANSWERED.values())
INQUIRIES = ("warning_needs_response", "warning_under_review")
OUTCOMES = {
    "won": {"needs_response": "won", "under_review": "won"} | dict.fromkeys(INQUIRIES, "warning_closed"),
    "lost": {"needs_response": "lost", "under_review": "lost"} | dict.fromkeys(INQUIRIES, "warning_closed"),
}
# An inquiry that ended, or a dispute that was won, leaves the money open to another one.
HOLDS_MONEY = (*OPEN, "lost")


def disputes_of(tx: Tx, charge_id: str) -> list[dict[str, Any]]:
    return tx.find(KIND, charge=charge_id)


def disputable(tx: Tx, charge: dict[str, Any]) -> int:
    """What was neither refunded nor disputed before."""
    held = [one["amount"] for one in disputes_of(tx, charge["id"]) if one["status"] in HOLDS_MONEY]
    return unrefunded(charge) - sum(held)


def open_dispute(tx: Tx, charge: dict[str, Any], complaint: Complaint, amount: int | None = None) -> dict[str, Any]:
    """Raises NotInThisState or StripeError when that much of the charge cannot be disputed (any more)."""
    amount = bounded(tx, charge, amount)
    made = tx.add(new_dispute(tx, charge, complaint, amount))
    tx.set_timer("dispute_due", made["id"], made["evidence_details"]["due_by"])
    tx.save({**charge, "disputed": True})
    if complaint.inquiry:
        emit(tx, "charge.dispute.created", made)
        return made
    made = withdrawn(tx, made)
    emit(tx, "charge.dispute.created", made)
    emit(tx, "charge.dispute.funds_withdrawn", made)
    return made


def bounded(tx: Tx, charge: dict[str, Any], amount: int | None) -> int:
    if charge["status"] != "succeeded" or charge["payment_method_details"]["type"] != "card":
        raise NotInThisState("Only successful payments by card are disputed.", param="charge")
    left = disputable(tx, charge)
    if left <= 0:
        raise NotInThisState("Nothing is left of this charge to dispute.", param="charge")
    if amount is not None and not 0 < amount <= left:
        raise StripeError(f"At most {written(left, charge['currency'])} can be disputed.", param="amount")
    return left if amount is None else amount


def new_dispute(tx: Tx, charge: dict[str, Any], complaint: Complaint, amount: int) -> dict[str, Any]:
    brand = charge["payment_method_details"]["card"]["brand"]
    card = {
        "brand": brand,
        "case_type": "inquiry" if complaint.inquiry else "chargeback",
        "network": brand,
        "network_reason_code": NETWORK_CODES[complaint.reason],
    }
    return {
        "id": new_id("du"),
        "object": KIND,
        **blank_dispute(),
        "amount": amount,
        "charge": charge["id"],
        "created": tx.now,
        "currency": charge["currency"],
        "evidence": known_evidence(charge),
        "evidence_details": evidence_details(tx.now),
        "is_charge_refundable": complaint.inquiry,
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"card": card, "type": "card"},
        "reason": complaint.reason,
        "status": "warning_needs_response" if complaint.inquiry else "needs_response",
    }


def evidence_details(now: int) -> dict[str, Any]:
    """`due_by` is the last second of a UTC day."""
    return {
        "due_by": (now // DAY + DAYS_TO_ANSWER + 1) * DAY - 1,
        "enhanced_eligibility": {},
        "has_evidence": False,
        "past_due": False,
        "submission_count": 0,
        "submission_method": "not_submitted",
    }


TEXTS = """
    access_activity_log billing_address cancellation_policy_disclosure cancellation_rebuttal customer_email_address
    customer_name customer_purchase_ip duplicate_charge_explanation duplicate_charge_id product_description
    refund_policy_disclosure refund_refusal_explanation service_date shipping_address shipping_carrier shipping_date
    shipping_tracking_number uncategorized_text
""".split()  # noqa: SIM905
FILES = """
    cancellation_policy customer_communication customer_signature duplicate_charge_documentation receipt refund_policy
    service_documentation shipping_documentation uncategorized_file
""".split()  # noqa: SIM905


def known_evidence(charge: dict[str, Any]) -> dict[str, Any]:
    """Stripe fills in what it knows of the payer; that does not count as evidence."""
    payer = charge["billing_details"]
    known = {"customer_email_address": payer["email"], "customer_name": payer["name"]}
    return {**dict.fromkeys([*TEXTS, *FILES, "appeal"]), "enhanced_evidence": {}, **known}


# --- money ---------------------------------------------------------------------------------------------------------


def withdrawn(tx: Tx, dispute: dict[str, Any]) -> dict[str, Any]:
    """Amount and fee leave in one balance transaction."""
    fee, words = FEE[dispute["currency"]], "Chargeback withdrawal"
    return moved(tx, dispute, words, category="dispute", amount=-dispute["amount"], fee=fee)


def reinstate(tx: Tx, dispute: dict[str, Any]) -> dict[str, Any]:
    """The amount comes back; the fee for having received the dispute does not (Stripe, since 17 June 2025)."""
    new = moved(tx, dispute, "Chargeback reversal", category="dispute_reversal", amount=dispute["amount"], fee=0)
    emit(tx, "charge.dispute.funds_reinstated", new)
    return new


def moved(tx: Tx, dispute: dict[str, Any], words: str, *, category: str, amount: int, fee: int) -> dict[str, Any]:
    charge = tx.get("charge", dispute["charge"])
    taken = tx.get("balance_transaction", charge["balance_transaction"])
    entry = book(
        tx,
        kind="adjustment",
        category=category,
        source={**dispute, "description": f"{words} for {charge['id']}"},
        amount=amount,
        fee=fee,
        available_on=max(tx.now, taken["available_on"]),
        fee_for="Dispute fee",
    )
    return tx.save({**dispute, "balance_transactions": [*dispute["balance_transactions"], entry]})


# --- what happens to it --------------------------------------------------------------------------------------------


def must_be_open(dispute: dict[str, Any]) -> None:
    if dispute["status"] not in OPEN:
        raise NotInThisState("This dispute is already closed")


def submit(tx: Tx, dispute: dict[str, Any]) -> dict[str, Any]:
    """Raises NotInThisState when it was done before: banks take evidence once."""
    if dispute["status"] not in ANSWERED:
        raise NotInThisState("Evidence has already been submitted for this dispute.", param="submit")
    details = dispute["evidence_details"]
    details |= {"submission_count": details["submission_count"] + 1, "submission_method": "manual"}
    word = dispute["evidence"]["uncategorized_text"]
    if word in MAGIC_WORDS:
        tx.set_timer(f"dispute_{word}", dispute["id"], tx.time)
    return dispute | {"status": ANSWERED[dispute["status"]], "evidence_details": details}


def end(tx: Tx, dispute_id: str, outcome: str) -> None:
    """Won or lost (an inquiry is closed either way). What is over stays as it is."""
    old = tx.get(KIND, dispute_id)
    if old["status"] not in OPEN:
        return
    status = OUTCOMES[outcome][old["status"]]
    new = tx.save({**old, "status": status, "is_charge_refundable": status != "lost"})
    if outcome == "won" and new["balance_transactions"]:
        new = reinstate(tx, new)
    emit_update(tx, "charge.dispute.closed", old, new)


def give_back(tx: Tx, dispute_id: str) -> None:
    """A bank that has won gives the money back all the same. The dispute stays lost."""
    old = tx.get(KIND, dispute_id)
    if old["status"] == "lost":
        emit_update(tx, "charge.dispute.updated", old, reinstate(tx, old))


def escalate(tx: Tx, dispute_id: str) -> None:
    """An inquiry becomes a chargeback over what has not been refunded, with the same time to answer again."""
    old = tx.get(KIND, dispute_id)
    if old["status"] not in INQUIRIES:
        return
    card = {**old["payment_method_details"]["card"], "case_type": "chargeback"}
    new = old | {
        "amount": min(old["amount"], unrefunded(tx.get("charge", old["charge"]))),
        "evidence_details": {**evidence_details(tx.now), "has_evidence": old["evidence_details"]["has_evidence"]},
        "is_charge_refundable": False,
        "payment_method_details": {"card": card, "type": "card"},
        "status": "needs_response",
    }
    tx.set_timer("dispute_due", dispute_id, new["evidence_details"]["due_by"])
    new = withdrawn(tx, new)
    emit_update(tx, "charge.dispute.updated", old, new)
    emit(tx, "charge.dispute.funds_withdrawn", new)


def time_is_over(tx: Tx, dispute_id: str) -> None:
    """Nobody answered. What the bank is looking at already is not hurried by it."""
    dispute = tx.get(KIND, dispute_id)
    if dispute["status"] in ANSWERED:
        details = {**dispute["evidence_details"], "past_due": True}
        tx.save({**dispute, "evidence_details": details})
        end(tx, dispute_id, "lost")


def card_complains(tx: Tx, charge_id: str) -> None:
    complaint = BY_KEY[tx.inner(charge_id)["instrument"]].complaint
    if complaint:
        open_dispute(tx, tx.get("charge", charge_id), complaint)


# --- refunds -------------------------------------------------------------------------------------------------------


def refuse_disputed(tx: Tx, charge: dict[str, Any]) -> None:
    if not all(one["is_charge_refundable"] for one in disputes_of(tx, charge["id"])):
        raise NotInThisState(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )


def end_inquiry(tx: Tx, charge_id: str) -> None:
    """After a refund: once all is given back there is nothing left to ask about."""
    if tx.get("charge", charge_id)["refunded"]:
        for one in disputes_of(tx, charge_id):
            end(tx, one["id"], "won")


Timer = Callable[[Tx, str], None]
MAGIC_WORDS: dict[str, Timer] = {
    "winning_evidence": partial(end, outcome="won"),
    "losing_evidence": partial(end, outcome="lost"),
    "escalate_inquiry_evidence": escalate,
}
TIMERS: dict[str, Timer] = {
    "dispute_charge": card_complains,
    "dispute_due": time_is_over,
    **{f"dispute_{word}": action for word, action in MAGIC_WORDS.items()},
}
