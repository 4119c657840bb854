"""Idempotency keys: the first answer is kept for 24 hours and replayed to whoever comes with the same key."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from stripe_sandbox.errors import IdempotencyMismatch, KeyInUse, StripeError
from stripe_sandbox.store import Tx

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Replay:
    status: int
    body: str
    request_id: str


def fingerprint(method: str, path: str, raw_params: dict[str, Any]) -> str:
    written = json.dumps([method, path, raw_params], sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()


def claim(tx: Tx, key: str, mark: str) -> Replay | None:
    """None when the caller may go on; its answer must then be kept or the claim released.

    Raises KeyInUse (409) while another request holds the key, IdempotencyMismatch (400) for other parameters.
    """
    if len(key) > 255:
        raise StripeError("Idempotency-Key must be at most 255 characters long")
    tx.db.execute("DELETE FROM idempotency WHERE created < ?", (tx.now - KEPT_SECONDS,))
    row = tx.db.execute("SELECT * FROM idempotency WHERE account = ? AND key = ?", (tx.origin.account, key)).fetchone()
    if row is None:
        tx.db.execute(
            "INSERT INTO idempotency (account, key, fingerprint, request, created) VALUES (?, ?, ?, ?, ?)",
            (tx.origin.account, key, mark, tx.origin.request_id, tx.now),
        )
        return None
    if row["fingerprint"] != mark:
        raise IdempotencyMismatch(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request."
        )
    if row["status"] is None:
        raise KeyInUse(
            f"There is currently another in-progress request using this Idempotent Key: {key}. Please try again later.",
            code="idempotency_key_in_use",
        )
    return Replay(row["status"], row["body"], row["request"])


def keep(tx: Tx, status: int, body: str) -> None:
    tx.db.execute(
        "UPDATE idempotency SET status = ?, body = ? WHERE account = ? AND key = ?",
        (status, body, tx.origin.account, tx.origin.idempotency_key),
    )


def release(tx: Tx) -> None:
    tx.db.execute(
        "DELETE FROM idempotency WHERE account = ? AND key = ? AND status IS NULL",
        (tx.origin.account, tx.origin.idempotency_key),
    )
