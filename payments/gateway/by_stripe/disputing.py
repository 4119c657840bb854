"""Disputes."""

from collections.abc import Mapping
from typing import Any, Literal

import stripe

from payments.errors import AcceptRefused, EvidenceRefused
from payments.gateway.by_stripe.asking import CURRENCY, Asking, asked, in_our_currency, keyed
from payments.gateway.by_stripe.balance import entry_of
from payments.gateway.values import DisputeState, Entry

Outcome = Literal["open", "won", "lost"]
# An inquiry that is closed has cost nothing; what was prevented never became one.
OUTCOMES: dict[str, Outcome] = {"won": "won", "lost": "lost", "warning_closed": "won", "prevented": "won"}
ANSWERABLE = ("needs_response", "warning_needs_response", "appeal_needs_response")


class Disputes(Asking):
    def retrieve_dispute(self, dispute_id: str) -> DisputeState:
        return asked(lambda: _dispute(self.v1.disputes.retrieve(dispute_id)))

    def submit_evidence(self, *, dispute_id: str, evidence: Mapping[str, str], key: str) -> DisputeState:
        params: Any = {"evidence": dict(evidence), "submit": True}
        try:
            return asked(lambda: _dispute(self.v1.disputes.update(dispute_id, params, keyed(key))))
        except stripe.InvalidRequestError as error:
            raise EvidenceRefused(error.code or "invalid_request") from error

    def accept_dispute(self, *, dispute_id: str, key: str) -> DisputeState:
        try:
            return asked(lambda: _dispute(self.v1.disputes.close(dispute_id, {}, keyed(key))))
        except stripe.InvalidRequestError as error:
            raise AcceptRefused(error.code or "invalid_request") from error


def _dispute(dispute: stripe.Dispute) -> DisputeState:
    is_answerable = dispute.status in ANSWERABLE
    return DisputeState(
        id=dispute.id,
        charge_id=_id(dispute.charge),
        payment_intent_id=_id(dispute.payment_intent),
        amount=dispute.amount,
        reason=dispute.reason,
        status=dispute.status,
        outcome=OUTCOMES.get(dispute.status, "open"),
        is_inquiry=dispute.status.startswith("warning"),
        due_s=(dispute.evidence_details.due_by or 0) if is_answerable else 0,
        submitted=dispute.evidence_details.submission_count,
        entries=tuple(_entry(dispute, entry) for entry in dispute.balance_transactions),
    )


def _entry(dispute: stripe.Dispute, entry: stripe.BalanceTransaction) -> Entry:
    """Whatever we charge is in our currency; others may sell in another. Raises WrongCurrency."""
    return entry_of(in_our_currency(entry) if dispute.currency == CURRENCY else entry)


def _id(thing: Any) -> str:
    return thing if isinstance(thing, str) else getattr(thing, "id", "")
