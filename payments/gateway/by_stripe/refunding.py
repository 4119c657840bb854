"""Refunds."""

from typing import Any

import stripe

from payments.errors import RefundRefused
from payments.gateway.by_stripe.asking import Asking, asked, asked_to_move, key_of, keyed
from payments.gateway.values import RefundState


class Refunds(Asking):
    def create_refund(self, *, payment_intent_id: str, amount: int, ref: str, key: str) -> RefundState:
        params: Any = {"payment_intent": payment_intent_id, "amount": amount, "metadata": {"ref": ref, "key": key}}
        return asked_to_move(lambda: _refund(self.v1.refunds.create(params, keyed(key))), RefundRefused)

    def retrieve_refund(self, refund_id: str) -> RefundState:
        return asked(lambda: _refund(self.v1.refunds.retrieve(refund_id)))

    def find_refund(self, *, payment_intent_id: str, key: str) -> RefundState | None:
        made = asked(lambda: list(self._refunds_of(payment_intent_id)))
        return next((refund for refund in made if refund.key == key), None)

    def _refunds_of(self, payment_intent_id: str) -> Any:
        listed = self.v1.refunds.list({"payment_intent": payment_intent_id, "limit": 100})
        return (_refund(one) for one in listed.auto_paging_iter())


def _refund(refund: stripe.Refund) -> RefundState:
    reason = getattr(refund, "failure_reason", None)
    return RefundState(refund.id, refund.status or "pending", refund.amount, reason or "", key_of(refund))
