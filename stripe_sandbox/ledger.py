"""What an account has. Only balance transactions count: each movement of money leaves one."""

from stripe_sandbox.errors import StripeError
from stripe_sandbox.store import Tx

SUMS = """
    SELECT json_extract(body, '$.currency') AS currency,
           sum(iif(json_extract(body, '$.available_on') <= ?, json_extract(body, '$.net'), 0)) AS available,
           sum(iif(json_extract(body, '$.available_on') > ?, json_extract(body, '$.net'), 0)) AS pending
    FROM objects WHERE kind = 'balance_transaction' AND account = ? GROUP BY currency ORDER BY currency
"""
INSUFFICIENT = (
    "You have insufficient funds in your Stripe account for this transfer. Your card balance is too low. "
    "You can use the /v1/balance endpoint to view your Stripe balance (for more details, see "
    "stripe.com/docs/api#balance)."
)


def sums(tx: Tx, moment: int | None = None) -> list[tuple[str, int, int]]:
    """(currency, available, pending) as of a moment, now unless told otherwise; minor units."""
    at = tx.now if moment is None else moment
    rows = tx.db.execute(SUMS, (at, at, tx.origin.account)).fetchall()
    return [(row["currency"], row["available"], row["pending"]) for row in rows]


def must_have(tx: Tx, amount: int, currency: str, moment: int | None = None) -> None:
    """Raises StripeError `balance_insufficient` when less than `amount` is available by the moment."""
    available = {name: part for name, part, _ in sums(tx, moment)}.get(currency, 0)
    if available < amount:
        raise StripeError(INSUFFICIENT, code="balance_insufficient")
