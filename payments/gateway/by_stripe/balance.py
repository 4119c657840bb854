"""Stripe's own book of our money, and what it tells by webhook."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import stripe
from django.conf import settings

from payments.errors import SignatureRefused
from payments.gateway.by_stripe.asking import Asking, asked, in_our_currency
from payments.gateway.by_stripe.noticing import notice_of
from payments.gateway.values import Entry, Happening, Notice

SIGNATURE_TOLERANCE_S = 300
# Money on its way between Stripe and our bank: the books do not follow it.
PAYOUTS = ("payout", "payout_cancel", "payout_failure")


class Books(Asking):
    def entries(self, *, since_s: int = 0) -> Iterator[Entry]:
        params: Any = {"limit": 100, "created": {"gte": since_s}}
        return self._all(lambda: self.v1.balance_transactions.list(params), entry_of)

    def undelivered(self, *, since_s: int) -> Iterator[Happening]:
        params: Any = {"limit": 100, "created": {"gte": since_s}, "delivery_success": False}
        return self._all(lambda: self.v1.events.list(params), _happening)

    def open_happening(self, payload: bytes, signature: str, *, of_companions: bool = False) -> Happening:
        secret = settings.STRIPE_CONNECT_WEBHOOK_SECRET if of_companions else settings.STRIPE_WEBHOOK_SECRET
        try:
            # Not `construct_event`: it refuses the kinds of events that this SDK does not know.
            stripe.WebhookSignature.verify_header(payload.decode(), signature, secret, SIGNATURE_TOLERANCE_S)
            event = json.loads(payload)
            return Happening(event["id"], event["type"], event)
        except (ValueError, KeyError, TypeError, stripe.SignatureVerificationError) as error:
            raise SignatureRefused from error

    def notice(self, payload: Mapping[str, Any]) -> Notice:
        return notice_of(payload)

    def _all(self, first_page: Any, as_value: Any) -> Iterator[Any]:
        # A page more is a question more.
        pages = asked(first_page).auto_paging_iter()
        while (one := asked(lambda: next(pages, None))) is not None:
            yield as_value(one)


def entry_of(entry: stripe.BalanceTransaction) -> Entry:
    source = entry.source if isinstance(entry.source, str) else getattr(entry.source, "id", "")
    ours = in_our_currency(entry).type not in PAYOUTS
    return Entry(entry.id, entry.type, entry.amount, entry.fee, entry.net, source or "", entry.created, ours)


def _happening(event: stripe.Event) -> Happening:
    return Happening(event.id, event.type, event.to_dict())
