"""A companion's account at Stripe: begun by her, filled in there, and known here only as Stripe tells it."""

from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import User
from payments.errors import AccountGone, KeyTaken, ProviderUnavailable
from payments.gateway import provider
from payments.gateway.values import AccountState
from payments.gateway.values import BankPayout as BankPayoutState
from payments.models import BankPayout, Earning, PayoutAccount
from payments.services.payouts.banks import keep_bank_payouts
from payments.services.payouts.telling import tell_left, tell_wanted

# What Stripe says when the account, not the money, is why it refuses a transfer.
OF_THE_ACCOUNT = ("insufficient_capabilities_for_transfer", "account_invalid")

AS_TOLD = ("details_submitted", "can_receive", "can_withdraw", "disabled_reason", "bank")


def account_of(*, user: User) -> PayoutAccount | None:
    """As Stripe last told it; None for who has begun none. Stripe is not asked."""
    return PayoutAccount.objects.filter(user=user).first()


def onboarding_url(*, user: User, refresh_url: str, return_url: str) -> str:
    """Where the companion tells Stripe who she is and where her money goes; one address for each click.

    Call it outside any transaction: Stripe is asked here. Raises ProviderUnavailable when it does not answer.
    """
    row, _ = PayoutAccount.objects.get_or_create(user=user, defaults={"country": settings.PAYOUT_COUNTRY})
    if row.left_at is not None:
        row = _anew(row)
    try:
        return _page(row, user, refresh_url, return_url)
    except AccountGone:
        leave(account_id=row.stripe_id or "")
        return _page(_anew(row), user, refresh_url, return_url)


def dashboard_url(*, user: User) -> str:
    """Where she sees what went to her bank, and changes the bank. Raises PayoutAccount.DoesNotExist without an account
    that was filled in, AccountGone, ProviderUnavailable."""
    row = PayoutAccount.objects.get(user=user, details_submitted=True, stripe_id__isnull=False, left_at=None)
    return provider().account_dashboard(account_id=row.stripe_id or "")


def sync_account(*, user_id: int) -> PayoutAccount | None:
    """Asks Stripe how the account stands and applies it, with what it has sent to her bank. None where there is none.

    Raises ProviderUnavailable.
    """
    row = PayoutAccount.objects.filter(user=user_id, stripe_id__isnull=False, left_at=None).first()
    if row is None or row.stripe_id is None:
        return row
    number = _asking(row)
    try:
        state, paid = provider().retrieve_account(row.stripe_id), provider().bank_payouts(row.stripe_id)
    except AccountGone:
        leave(account_id=row.stripe_id)
    else:
        _apply(row, state, paid, number)
    row.refresh_from_db()
    return row


@transaction.atomic
def leave(*, account_id: str) -> None:
    """The account cut its tie to us: nothing more is sent there."""
    left = PayoutAccount.objects.filter(stripe_id=account_id, left_at=None)
    if left.update(left_at=Now(), can_receive=False, can_withdraw=False, synced_at=Now()):
        tell_left(PayoutAccount.objects.select_related("user").get(stripe_id=account_id))


def user_of(account_id: str) -> int | None:
    """Whose account it is; None for one that is none of ours."""
    return PayoutAccount.objects.filter(stripe_id=account_id).values_list("user", flat=True).first()


def _asking(row: PayoutAccount) -> int:
    """The number of the question that is about to be asked."""
    PayoutAccount.objects.filter(pk=row.pk).update(asked_at=Now(), asks=F("asks") + 1)
    return PayoutAccount.objects.values_list("asks", flat=True).get(pk=row.pk)


@transaction.atomic
def _apply(row: PayoutAccount, state: AccountState, paid: list[BankPayoutState], number: int) -> None:
    """An answer to a question that was asked before that of the newest one here is older than what is known."""
    accounts = PayoutAccount.objects.select_for_update(of=("self",)).select_related("user")
    locked = accounts.filter(pk=row.pk, stripe_id=state.id, left_at=None).first()
    if locked is None or number <= locked.answered:
        return
    keep_bank_payouts(account=locked, payouts=paid)
    wanted, could = set(locked.due), locked.can_receive
    for name in AS_TOLD:
        setattr(locked, name, getattr(state, name))
    locked.due, locked.synced_at, locked.answered = list(state.due), Now(), number
    locked.save(update_fields=[*AS_TOLD, "due", "synced_at", "answered"])
    if locked.can_receive and not could:
        # What was refused because of the account is tried again with the next release.
        waiting = Earning.objects.filter(companion=locked.user_id, released_at=None)
        waiting.filter(stopped__in=OF_THE_ACCOUNT).update(stopped="")
    if locked.details_submitted and set(locked.due) - wanted:
        tell_wanted(locked)


def _page(row: PayoutAccount, user: User, refresh_url: str, return_url: str) -> str:
    if row.stripe_id is None:
        row = _made(row, user)
    return provider().account_page(account_id=row.stripe_id or "", refresh_url=refresh_url, return_url=return_url)


def _made(row: PayoutAccount, user: User) -> PayoutAccount:
    try:
        stripe_id = provider().create_account(
            email=user.email, user_id=user.pk, country=row.country, key=row.idempotency_key
        )
    except KeyTaken:
        # Her e-mail is another one than when Stripe was first asked; the next click takes another key.
        PayoutAccount.objects.filter(pk=row.pk, key=row.key, stripe_id=None).update(key=uuid4())
        raise
    PayoutAccount.objects.filter(pk=row.pk, key=row.key, stripe_id=None).update(stripe_id=stripe_id)
    row.refresh_from_db()
    if row.stripe_id is None:
        raise ProviderUnavailable
    return row


@transaction.atomic
def _anew(row: PayoutAccount) -> PayoutAccount:
    """Another account in place of one that has left: nothing is known of it yet."""
    gone = PayoutAccount.objects.select_for_update().get(pk=row.pk)
    if gone.left_at is not None:
        BankPayout.objects.filter(account=gone).exclude(status__in=["paid", "failed", "canceled"]).delete()
        blank = {"details_submitted": False, "due": [], "disabled_reason": "", "bank": "", "synced_at": None}
        PayoutAccount.objects.filter(pk=row.pk).update(stripe_id=None, key=uuid4(), left_at=None, **blank)
        gone.refresh_from_db()
    return gone
