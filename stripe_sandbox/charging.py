"""Taking money: one attempt to pay a PaymentIntent with an instrument, and what it leaves on the balance."""

from typing import Any
from uuid import uuid4

from stripe_sandbox.blank import blank_charge
from stripe_sandbox.cards import Decline, Instrument
from stripe_sandbox.errors import CardError
from stripe_sandbox.events import emit, emit_update
from stripe_sandbox.ids import new_id, token
from stripe_sandbox.store import Tx

FEE_BASIS_POINTS = 340
FEE_FIXED = {"cny": 235, "hkd": 235, "usd": 30, "eur": 30, "sgd": 50, "jpy": 40}
DAYS_UNTIL_AVAILABLE = 2
DAY = 86_400


def fee_on(amount: int, currency: str) -> int:
    """3.4 % rounded half up, plus the fixed part; never more than the amount."""
    return min(amount, (amount * FEE_BASIS_POINTS + 5_000) // 10_000 + FEE_FIXED[currency])


def attempt(
    tx: Tx, intent: dict[str, Any], method: dict[str, Any], instrument: Instrument, *, authenticated: bool = False
) -> dict[str, Any]:
    """The succeeded charge. Raises CardError when declined; the failed charge and its events stay."""
    intent["payment_method"] = method["id"]
    decline = instrument.decline or (instrument.decline_kept if method["customer"] else None)
    if decline:
        raise refused(tx, intent, method, decline)
    charge = new_charge(tx, intent, method)
    if authenticated:
        charge["payment_method_details"]["card"]["three_d_secure"] = three_d_secure()
    tx.add(charge, {"instrument": instrument.key})
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        last_payment_error=None,
        next_action=None,
    )
    tx.save(intent)
    emit(tx, "charge.succeeded", charge)
    emit(tx, "payment_intent.succeeded", intent)
    return settle(tx, charge, instrument)


def three_d_secure() -> dict[str, Any]:
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": str(uuid4()),
        "version": "2.2.0",
    }


def settle(tx: Tx, charge: dict[str, Any], instrument: Instrument) -> dict[str, Any]:
    """Capture is asynchronous at Stripe: `charge.updated` brings the balance transaction."""
    days = 0 if instrument.available_at_once else DAYS_UNTIL_AVAILABLE
    entry = book(
        tx,
        kind="charge",
        category="charge",
        source=charge,
        amount=charge["amount"],
        fee=fee_on(charge["amount"], charge["currency"]),
        available_on=tx.now + days * DAY,
    )
    settled = tx.save({**charge, "balance_transaction": entry["id"]})
    emit_update(tx, "charge.updated", charge, settled)
    if instrument.complaint:
        tx.set_timer("dispute_charge", charge["id"], tx.time)
    return settled


def refused(tx: Tx, intent: dict[str, Any], method: dict[str, Any], decline: Decline) -> CardError:
    """The error to raise; the failed charge and the intent's new state are written."""
    charge = new_charge(tx, intent, method)
    charge.update(
        paid=False,
        status="failed",
        captured=False,
        amount_captured=0,
        failure_code=decline.code,
        failure_message=decline.message,
        outcome=declined_outcome(decline),
    )
    tx.add(charge)
    error = CardError(decline.message, code=decline.code, decline_code=decline.decline_code)
    error.more |= {
        "charge": charge["id"],
        "advice_code": decline.advice,
        "network_decline_code": decline.network_code,
    }
    last_error = {**error.body()["error"], "payment_method": method}
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        latest_charge=charge["id"],
        last_payment_error=last_error,
        next_action=None,
    )
    tx.save(intent)
    emit(tx, "charge.failed", charge)
    emit(tx, "payment_intent.payment_failed", intent)
    error.more |= {"payment_intent": intent, "payment_method": method}
    return error


def book(
    tx: Tx,
    *,
    kind: str,
    category: str,
    source: dict[str, Any],
    amount: int,
    fee: int,
    available_on: int,
    fee_for: str = "Stripe processing fees",
) -> dict[str, Any]:
    """A balance transaction; `amount` is signed, `net` = amount − fee."""
    currency = source["currency"]
    details = {"amount": fee, "application": None, "currency": currency, "description": fee_for}
    return tx.add(
        {
            "id": new_id("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": available_on,
            "balance_type": "payments",
            "created": tx.now,
            "currency": currency,
            "description": source.get("description"),
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [{**details, "type": "stripe_fee"}] if fee else [],
            "net": amount - fee,
            "reporting_category": category,
            "source": source["id"],
            "status": "pending",
            "type": kind,
        }
    )


def new_charge(tx: Tx, intent: dict[str, Any], method: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": new_id("ch"),
        "object": "charge",
        **blank_charge(),
        **{field: intent[field] for field in ("amount", "currency", "customer", "description", "receipt_email")},
        "amount_captured": intent["amount"],
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "STRIPE SANDBOX" if method["type"] == "card" else None,
        "captured": True,
        "created": tx.now,
        "metadata": dict(intent["metadata"]),
        "outcome": approved_outcome(),
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": method_details(intent, method),
        "status": "succeeded",
        "transfer_group": intent["transfer_group"],
    }


def approved_outcome() -> dict[str, Any]:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": "Payment complete.",
        "type": "authorized",
    }


def declined_outcome(decline: Decline) -> dict[str, Any]:
    return {
        **approved_outcome(),
        "advice_code": decline.advice,
        "network_decline_code": decline.network_code,
        "network_status": "declined_by_network",
        "reason": decline.decline_code or decline.code,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }


def method_details(intent: dict[str, Any], method: dict[str, Any]) -> dict[str, Any]:
    if method["type"] != "card":
        wallet = {"fingerprint": token(16), "transaction_id": token(28)}
        return {"type": method["type"], method["type"]: wallet}
    card = {
        key: value
        for key, value in method["card"].items()
        if key not in ("display_brand", "networks", "three_d_secure_usage", "generated_from", "regulated_status")
    }
    return {
        "type": "card",
        "card": {
            **card,
            "amount_authorized": intent["amount"],
            "authorization_code": token(6).upper(),
            "installments": None,
            "mandate": None,
            "network": method["card"]["brand"],
            "three_d_secure": None,
            "wallet": None,
        },
    }


def new_payment_method(
    tx: Tx,
    instrument: Instrument,
    *,
    email: str | None = None,
    name: str | None = None,
    expiry: tuple[int, int] = (12, 2034),
) -> dict[str, Any]:
    """Adds a `payment_method`; of a card only the test number is kept, and only inside."""
    method = {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": {
            "address": dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")),
            "email": email,
            "name": name,
            "phone": None,
            "tax_id": None,
        },
        "created": tx.now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": instrument.type,
        instrument.type: card_face(instrument, expiry) if instrument.type == "card" else {},
    }
    return tx.add(method, {"instrument": instrument.key})


def card_face(instrument: Instrument, expiry: tuple[int, int]) -> dict[str, Any]:
    month, year = expiry
    return {
        "brand": instrument.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "CN" if instrument.brand == "unionpay" else "US",
        "display_brand": instrument.brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": f"sandbox{instrument.last4}{instrument.brand}",
        "funding": "credit",
        "generated_from": None,
        "last4": instrument.last4,
        "networks": {"available": [instrument.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
