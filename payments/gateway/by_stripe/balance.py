"""Stripe's own book of our money, and what it tells by webhook."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import stripe
from django.conf import settings

from payments.errors import SignatureRefused
from payments.gateway.by_stripe.asking import CURRENCY, Asking, asked, asked_of_account, in_our_currency
from payments.gateway.by_stripe.noticing import notice_of
from payments.gateway.values import Entry, Happening, Notice

SIGNATURE_TOLERANCE_S = 300
# Money on its way between Stripe and our bank: the books do not follow it.
PAYOUTS = ("payout", "payout_cancel", "payout_failure")
BELONGS_TO = ("charge", "transfer", "destination")


class Books(Asking):
    def entries(self, *, since_s: int = 0) -> Iterator[Entry]:
        params: Any = {"limit": 100, "created": {"gte": since_s}, "expand": ["data.source"]}
        return self._all(lambda: self.v1.balance_transactions.list(params), entry_of)

    def undelivered(self, *, since_s: int, account_id: str = "") -> Iterator[Happening]:
        # No list spans the accounts: each tells of its own.
        params: Any = {"limit": 100, "created": {"gte": since_s}, "delivery_success": False}
        options: Any = {"stripe_account": account_id} if account_id else {}
        return self._all(lambda: self.v1.events.list(params, options), _happening)

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
        pages = asked_of_account(first_page).auto_paging_iter()
        while (one := asked(lambda: next(pages, None))) is not None:
            yield as_value(one)


def entry_of(entry: stripe.BalanceTransaction) -> Entry:
    source: Any = entry.source
    is_told = source is not None and not isinstance(source, str)
    ref = _ref(source) if is_told else ""
    # What is ours is marked: others may be paid, and billed, in another currency.
    is_foreign = entry.currency != CURRENCY and not ref
    return Entry(
        id=entry.id,
        kind=entry.type,
        amount=entry.amount,
        fee=entry.fee,
        net=entry.net,
        source=(source.id if is_told else source) or "",
        created_s=entry.created,
        ours=not is_foreign and in_our_currency(entry).type not in PAYOUTS,
        about=_about(source) if is_told else "",
        ref=ref,
    )


def _about(source: Any) -> str:
    named = (getattr(source, name, None) for name in BELONGS_TO)
    return next((one for one in named if isinstance(one, str)), "")


def _ref(source: Any) -> str:
    marks = getattr(source, "metadata", None)
    return marks.to_dict().get("ref", "") if marks else ""


def _happening(event: stripe.Event) -> Happening:
    return Happening(event.id, event.type, event.to_dict())
