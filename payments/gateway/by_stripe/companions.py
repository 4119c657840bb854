"""Connect: Express accounts of companions, transfers to them and back, and what reaches their banks."""

from typing import Any

import stripe

from payments.errors import TransferRefused
from payments.gateway.by_stripe.asking import CURRENCY, Asking, asked, asked_of_account, asked_to_move, key_of, keyed
from payments.gateway.values import AccountState, BankPayout, ReversalState, TransferState

# Fees and losses are the platform's; Stripe itself asks the companion who she is.
EXPRESS: dict[str, Any] = {
    "stripe_dashboard": {"type": "express"},
    "fees": {"payer": "application"},
    "losses": {"payments": "application"},
    "requirement_collection": "stripe",
}
PAYOUTS_SHOWN = 20


class Companions(Asking):
    def create_account(self, *, email: str, user_id: int, country: str, key: str) -> str:
        params: Any = {
            "controller": EXPRESS,
            "country": country,
            "default_currency": CURRENCY,
            "email": email,
            "business_type": "individual",
            "capabilities": {"transfers": {"requested": True}},
            "metadata": {"user": str(user_id)},
        }
        return asked(lambda: self.v1.accounts.create(params, keyed(key)).id)

    def account_page(self, *, account_id: str, refresh_url: str, return_url: str) -> str:
        params: Any = {
            "account": account_id,
            "type": "account_onboarding",
            "refresh_url": refresh_url,
            "return_url": return_url,
        }
        return asked_of_account(lambda: self.v1.account_links.create(params).url)

    def account_dashboard(self, *, account_id: str) -> str:
        return asked_of_account(lambda: self.v1.accounts.login_links.create(account_id).url)

    def retrieve_account(self, account_id: str) -> AccountState:
        return asked_of_account(lambda: _account(self.v1.accounts.retrieve(account_id)))

    def create_transfer(
        self, *, amount: int, account_id: str, charge_id: str, ref: str, marks: dict[str, str], key: str
    ) -> TransferState:
        params: Any = {
            "amount": amount,
            "currency": CURRENCY,
            "destination": account_id,
            "source_transaction": charge_id,
            "transfer_group": ref,
            "metadata": {**marks, "key": key},
        }
        return asked_to_move(lambda: _transfer(self.v1.transfers.create(params, keyed(key))), TransferRefused)

    def find_transfer(self, *, ref: str, key: str) -> TransferState | None:
        made = asked(lambda: self._listed(self.v1.transfers.list({"transfer_group": ref, "limit": 100}), _transfer))
        return next((transfer for transfer in made if transfer.key == key), None)

    def retrieve_transfer(self, transfer_id: str) -> TransferState:
        return asked(lambda: _transfer(self.v1.transfers.retrieve(transfer_id)))

    def reverse_transfer(self, *, transfer_id: str, amount: int, key: str) -> ReversalState:
        params: Any = {"amount": amount, "metadata": {"key": key}}
        made = self.v1.transfers.reversals
        return asked_to_move(lambda: _reversal(made.create(transfer_id, params, keyed(key))), TransferRefused)

    def find_reversal(self, *, transfer_id: str, key: str) -> ReversalState | None:
        made = asked(lambda: self._listed(self.v1.transfers.reversals.list(transfer_id, {"limit": 100}), _reversal))
        return next((reversal for reversal in made if reversal.key == key), None)

    def bank_payouts(self, account_id: str) -> list[BankPayout]:
        params: Any = {"limit": PAYOUTS_SHOWN, "expand": ["data.destination"]}
        listed = asked_of_account(lambda: self.v1.payouts.list(params, {"stripe_account": account_id}))
        return [_bank_payout(payout) for payout in listed.data]

    def _listed(self, found: Any, as_value: Any) -> list[Any]:
        return [as_value(one) for one in found.auto_paging_iter()]


def _account(account: stripe.Account) -> AccountState:
    asked_for = account.requirements
    banks = account.external_accounts.data if account.external_accounts else []
    capabilities = account.capabilities
    return AccountState(
        id=account.id,
        details_submitted=bool(account.details_submitted),
        can_receive=getattr(capabilities, "transfers", None) == "active",
        can_withdraw=bool(account.payouts_enabled),
        due=tuple((asked_for.currently_due or []) if asked_for else []),
        disabled_reason=(asked_for.disabled_reason or "") if asked_for else "",
        bank=getattr(banks[0], "last4", "") if banks else "",
    )


def _transfer(transfer: stripe.Transfer) -> TransferState:
    to = transfer.destination
    account_id = to if isinstance(to, str) else getattr(to, "id", "")
    return TransferState(transfer.id, transfer.amount, transfer.amount_reversed, account_id, key_of(transfer))


def _reversal(reversal: Any) -> ReversalState:
    return ReversalState(reversal.id, reversal.amount, key_of(reversal))


def _bank_payout(payout: stripe.Payout) -> BankPayout:
    return BankPayout(
        id=payout.id,
        amount=payout.amount,
        status=payout.status,
        failure_code=payout.failure_code or "",
        created_s=payout.created,
        arrives_s=payout.arrival_date,
        bank=getattr(payout.destination, "last4", "") or "",
    )
