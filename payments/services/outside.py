"""Money that went past the provider, over our own bank, and debts that were let go, are taken into our books: else what
waited for them waits for ever, and the next alarm is lost among it."""

from collections.abc import Callable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from common.money import format_yuan
from payments import signals
from payments.errors import NotOutside
from payments.models import (
    AccountKind,
    Dispute,
    Earning,
    FinanceTask,
    Outside,
    TransferKind,
)
from payments.services.finance import open_task
from payments.services.ledger import Posting, of_user, post, prepaid_for
from payments.services.locking import lock_outside, lock_payments, payers_of
from payments.services.payouts.earnings import debt_is_over, debt_of, held_refs
from payments.services.payouts.releasing import keep_debt, left_of_one, parts_of, payouts_of
from payments.services.payouts.sending import send_outside
from payments.services.planning import planned_refunds
from payments.services.refunds import refund_outside
from payments.services.resting import why_not_at_rest

LONGEST = Outside._meta.get_field("number").max_length or 0


@transaction.atomic
def book_outside(
    *, kind: Outside.Kind, number: str, ref: UUID, whose: User, amount: int, by: User, why: str, again: bool = False
) -> Outside:
    """Books `amount` fen that go to `whose`, or that they owe no more, for an order that is over and of which nothing
    is under way. The same number, however it is spelt, is the same thing: twice is once. The same once more under
    another number is refused unless it is meant: `again`. What is to be sent is a task of finance until they say it is.

    Raises NotOutside for what is not so, would be more than is his, or is known under this number otherwise.
    """
    if by == whose:
        raise NotOutside("nobody books their own")
    signals.money_moving.send(Outside, ref=ref)
    lock_payments(ref)
    number = number.strip().upper()
    if not 0 < len(number) <= LONGEST:
        raise NotOutside(f"a number has up to {LONGEST} characters")
    known = Outside.objects.filter(pk=number).first()
    if known is not None:
        return _same(known, kind, ref, whose, amount)
    _must_rest(ref)
    twin = Outside.objects.filter(kind=kind, ref=ref, whose=whose, amount=amount).first()
    if twin is not None and not again:
        raise NotOutside(f"the same is booked under {twin.number}; say --again if it was done twice")
    earning = Earning.objects.select_for_update().filter(pk=ref).first()
    lock_outside(ref=ref, user_id=whose.pk)
    seq = Outside.objects.filter(ref=ref).count() + 1
    one = Outside(number=number, kind=kind, ref=ref, seq=seq, amount=amount, whose=whose, by=by, why=why)
    BOOKED[kind](one, earning)
    return one


def _same(known: Outside, *told: object) -> Outside:
    if (Outside.Kind(known.kind), known.ref, known.whose, known.amount) != told:
        raise NotOutside(f"the number is known already: {known}")
    return known


def _must_rest(ref: UUID) -> None:
    """Whose it is while a bank asks nobody knows."""
    if why := why_not_at_rest(ref):
        raise NotOutside(why)
    if Dispute.objects.open().filter(ref=ref).exists():
        raise NotOutside("a bank asks about it: what is under way there comes first")


def _refund(one: Outside, earning: Earning | None) -> None:
    """All of his that is here, over his payments as any refund, though none of them is asked."""
    if one.whose_id not in payers_of(one.ref):
        raise NotOutside("they paid nothing for this order")
    own = prepaid_for(ref=one.ref, payer_id=one.whose_id)
    parts = planned_refunds(ref=one.ref, payer_id=one.whose_id, amount=own)
    if not own or one.amount != own or sum(part.amount for part in parts) != own:
        raise NotOutside(f"{format_yuan(own)} of this order are theirs, not {format_yuan(one.amount)}")
    _write(one)
    for part in parts:
        refund_outside(part=part, outside=one)
    _to_send(one)


def _payout(one: Outside, earning: Earning | None) -> None:
    """All that is left of it: what is sent in part would be sent once more as a whole."""
    earning = _hers(one, earning)
    if held_refs([one.ref]):
        raise NotOutside("somebody is still looking at what happened: it is held")
    if earning.due_at > timezone.now():
        raise NotOutside(f"it is not due before {earning.due_at:%Y-%m-%d %H:%M} UTC")
    keep_debt(earning)
    left, parts = left_of_one(earning), parts_of(earning)
    if earning.released_at or left != one.amount or sum(part for _, part in parts) != left:
        raise NotOutside(f"{format_yuan(left)} of it wait to be sent to her, not {format_yuan(one.amount)}")
    _write(one)
    Earning.objects.filter(pk=one.ref).update(released_at=Now(), stopped="")
    for payout in payouts_of(earning, parts, account_id=""):
        send_outside(payout=payout, outside=one)
    _to_send(one)


def _debt(one: Outside, earning: Earning | None) -> None:
    """Of all that she owes; the order is the one of which something was lost."""
    lost = Dispute.objects.filter(ref=one.ref, booked_at__isnull=False).select_related("payment").first()
    owed, hers = debt_of(one.whose_id), _hers(one, earning)
    if lost is None or one.amount > owed:
        raise NotOutside(f"she owes {format_yuan(max(0, owed))}, not {format_yuan(one.amount)}")
    bears = {
        Outside.Kind.DEBT_PAID: of_user(AccountKind.OWN_BANK, hers.companion_id),
        Outside.Kind.DEBT_LET_GO: of_user(AccountKind.DISPUTE_LOSS, lost.payment.payer_id),
    }
    kind, payable = Outside.Kind(one.kind), of_user(AccountKind.PAYABLE, hers.companion_id)
    _write(one)
    post(one.ref, Posting(TransferKind(kind), bears[kind], payable, one.amount, one.seq))
    if one.amount == owed:
        debt_is_over(one.whose_id)


def _write(one: Outside) -> None:
    try:
        with transaction.atomic():
            one.save(force_insert=True)
    except IntegrityError as error:
        raise NotOutside("the number was taken at this moment by another") from error


def _to_send(one: Outside) -> None:
    """It is booked first, so that what is refused is not sent; that it is sent nobody but a person can say."""
    note = f"{format_yuan(one.amount)} to {one.whose.email}, under the number {one.number}"
    open_task(FinanceTask.Kind.TO_SEND, key=one.number, ref=one.ref, note=note)


def _hers(one: Outside, earning: Earning | None) -> Earning:
    if earning is None or earning.companion_id != one.whose_id:
        raise NotOutside("nothing was earned with this order by them")
    return earning


BOOKED: dict[Outside.Kind, Callable[[Outside, Earning | None], None]] = {
    Outside.Kind.REFUND: _refund,
    Outside.Kind.PAYOUT: _payout,
    Outside.Kind.DEBT_PAID: _debt,
    Outside.Kind.DEBT_LET_GO: _debt,
}
