"""/v1/disputes"""

from typing import Any

from stripe_sandbox import disputing
from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.errors import StripeError
from stripe_sandbox.events import emit_update
from stripe_sandbox.listing import page
from stripe_sandbox.params import Flag, Hash, Metadata, Param, Range, Text, fields, list_fields, merged_metadata
from stripe_sandbox.present import shown
from stripe_sandbox.store import Tx

KIND = disputing.KIND
URL = "/v1/disputes"
LONGEST_FIELD, LONGEST_EVIDENCE = 20_000, 150_000


class NoFile(Text):
    """The id of an uploaded file, of which there can be none here."""

    def parse(self, raw: Any, name: str) -> str:
        raise StripeError(
            f"This stand-in takes no files, so `{name}` cannot be given. Use the text fields.", param=name
        )


EVIDENCE: dict[str, Param] = {name: Text(LONGEST_FIELD) for name in disputing.TEXTS}
EVIDENCE |= {name: NoFile() for name in disputing.FILES}
UPDATE = fields(evidence=Hash(EVIDENCE), metadata=Metadata(clearable=True), submit=Flag())
LIST = list_fields(charge=Text(), created=Range(), payment_intent=Text())


def get(tx: Tx, given: dict[str, Any], dispute: str) -> dict[str, Any]:
    return shown(tx, tx.get(KIND, dispute))


def update(tx: Tx, given: dict[str, Any], dispute: str) -> dict[str, Any]:
    """Evidence is submitted to the bank unless `submit` is false; metadata alone submits nothing."""
    old = tx.get(KIND, dispute)
    disputing.must_be_open(old)
    new = with_evidence(tx.get(KIND, dispute), given.get("evidence", {}))
    if "metadata" in given:
        new["metadata"] = merged_metadata(old["metadata"], given["metadata"])
    if given.get("submit", "evidence" in given):
        new = disputing.submit(tx, new)
    emit_update(tx, "charge.dispute.updated", old, tx.save(new))
    return shown(tx, new)


def with_evidence(dispute: dict[str, Any], given: dict[str, str]) -> dict[str, Any]:
    if not given:
        return dispute
    evidence = {**dispute["evidence"], **given}
    length = sum(len(value) for value in evidence.values() if isinstance(value, str))
    if length > LONGEST_EVIDENCE:
        raise StripeError(
            f"The combined character count of all evidence is limited to {LONGEST_EVIDENCE}.", param="evidence"
        )
    if dispute["status"] not in disputing.ANSWERED:
        raise StripeError("Evidence has already been submitted for this dispute.", param="evidence")
    return dispute | {"evidence": evidence, "evidence_details": dispute["evidence_details"] | {"has_evidence": True}}


def close(tx: Tx, given: dict[str, Any], dispute: str) -> dict[str, Any]:
    """Gives in: lost, for good."""
    disputing.must_be_open(tx.get(KIND, dispute))
    disputing.end(tx, dispute, "lost")
    return get(tx, given, dispute)


def every(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    return page(tx, KIND, URL, given, equal=("charge", "payment_intent"))


ENDPOINTS = [
    Endpoint("GET", URL, LIST, every),
    Endpoint("GET", URL + "/{dispute}", fields(), get),
    Endpoint("POST", URL + "/{dispute}", UPDATE, update),
    Endpoint("POST", URL + "/{dispute}/close", fields(), close),
]
