"""What Stripe sends from a companion's account to her bank: shown to her, and told when it fails."""

from collections.abc import Sequence

from common.clock import moment
from payments.gateway.values import BankPayout as Told
from payments.models import BankPayout, PayoutAccount
from payments.services.payouts.telling import tell_bank_failed


def keep_bank_payouts(*, account: PayoutAccount, payouts: Sequence[Told]) -> None:
    """Writes down how they stand; one that is known to have failed only now is told on, once. The caller holds the
    account's lock."""
    known = set(BankPayout.objects.filter(account=account, status="failed").values_list("pk", flat=True))
    for told in payouts:
        row, _ = BankPayout.objects.update_or_create(stripe_id=told.id, defaults=_columns(account, told))
        if row.status == "failed" and row.pk not in known:
            tell_bank_failed(row)


def _columns(account: PayoutAccount, told: Told) -> dict[str, object]:
    same = {name: getattr(told, name) for name in ("amount", "status", "failure_code", "bank")}
    moments = {"created_at": moment(told.created_s * 1000), "arrives_at": moment(told.arrives_s * 1000)}
    return {"account": account, **same, **moments}
