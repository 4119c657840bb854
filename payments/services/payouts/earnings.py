"""What a companion has earned, and from when on it is paid out."""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat, Now
from django.utils import timezone

from common.clock import database_now_ms, moment
from payments import signals
from payments.models import (
    Account,
    AccountKind,
    Dispute,
    Earning,
    FinanceTask,
    Payout,
    Reversal,
    Transfer,
    TransferKind,
)
from payments.services.ledger import find_account

BECAME_HERS = (TransferKind.SETTLE_COMPANION, TransferKind.EXTRA)


def note_earning(*, ref: UUID, companion_id: int, amount: int) -> None:
    """Writes down that `amount` fen of this reference are hers. In the transaction that posts them; twice is once."""
    if amount:
        due_at = payday(moment(database_now_ms()))
        row = Earning(ref=ref, companion_id=companion_id, amount=amount, due_at=due_at)
        Earning.objects.bulk_create([row], ignore_conflicts=True)


def note_missing() -> int:
    """Writes down what became a companion's in the ledger alone, and how much of it there was: while a new version is
    put in place, the old one settles on, and knows of no earnings."""
    noted = Earning.objects.filter(pk=OuterRef("ref"))
    hers = Transfer.objects.filter(kind__in=BECAME_HERS, credit__kind=AccountKind.PAYABLE)
    missing = hers.filter(~Exists(noted)).order_by().values_list("ref", "credit__owner", "amount", "at")
    rows = [
        Earning(ref=ref, companion_id=int(owner.removeprefix("user:")), amount=fen, settled_at=at, due_at=payday(at))
        for ref, owner, fen, at in missing
    ]
    return len(Earning.objects.bulk_create(rows, ignore_conflicts=True))


def payday(settled: datetime) -> datetime:
    """When what was settled then is paid out: the first PAYOUT_HOUR o'clock that is PAYOUT_DELAY_MS later or more."""
    earliest = timezone.localtime(settled + timedelta(milliseconds=settings.PAYOUT_DELAY_MS))
    that_day = datetime.combine(earliest.date(), time(settings.PAYOUT_HOUR), earliest.tzinfo)
    return that_day if that_day >= earliest else that_day + timedelta(days=1)


def due_earnings() -> QuerySet[Earning]:
    """Those whose day has come, that nothing holds and whose companion has an account to send them to; or owes more
    than all that is hers, so that nothing is sent."""
    disputed = Dispute.objects.open().filter(ref=OuterRef("ref"))
    waiting = Earning.objects.filter(released_at=None, stopped="", due_at__lte=timezone.now())
    owing = Account.objects.filter(kind=AccountKind.PAYABLE, debits__gt=F("credits"))
    owes = Exists(owing.filter(owner=Concat(Value("user:"), Cast(OuterRef("companion"), CharField()))))
    return waiting.filter(~Exists(disputed), can_receive() | owes).order_by("due_at")


def can_receive() -> Q:
    """Of earnings: its companion has an account to send it to."""
    return Q(companion__payout_account__can_receive=True)


def held_refs(refs: Collection[UUID]) -> set[UUID]:
    """Those of these references whose money must not leave yet, because somebody is still looking at what happened."""
    held = disputed_refs(refs)
    answers: list[tuple[Any, Any]] = signals.payouts_asked.send(Earning, refs=list(refs))
    for _, theirs in answers:
        held |= set(theirs or ()).intersection(refs)
    return held


def is_waiting(ref: UUID) -> bool:
    """Something was earned with it, or will be, that has not been sent off and must not be yet."""
    return ref in held_refs([ref]) and not Earning.objects.filter(pk=ref, released_at__isnull=False).exists()


def disputed_refs(refs: Collection[UUID]) -> set[UUID]:
    return set(Dispute.objects.open().filter(ref__in=refs).values_list("ref", flat=True))


def unreleased(companion_id: int) -> QuerySet[Earning]:
    """What of hers has not been sent off."""
    return Earning.objects.filter(Q(released_at=None), companion=companion_id)


def coming_back(companion_id: int) -> int:
    """Fen that are being fetched back from her account: kept as well, they would be taken from her twice."""
    asked = Reversal.objects.filter(payout__earning__companion=companion_id, status=Reversal.Status.REQUESTED)
    return _fen(asked, F("amount"))


def left_of(earnings: QuerySet[Earning]) -> int:
    """Fen of these that have not been sent off and are not kept."""
    gone = Payout.objects.filter(earning__in=earnings).exclude(status=Payout.Status.FAILED)
    return _fen(earnings, F("amount") - F("kept")) - _fen(gone, F("amount"))


def debt_of(companion_id: int) -> int:
    """Fen that lost disputes took of what had been sent to her, as far as nothing has made it good or is about to;
    negative never but for money that the ledger has and no earning does."""
    payable = find_account(AccountKind.PAYABLE, companion_id)
    return left_of(unreleased(companion_id)) - (payable.balance if payable else 0) - coming_back(companion_id)


def debt_is_over(companion_id: int) -> None:
    """What she owed is made good: nobody has to see to it any more."""
    hers = Earning.objects.filter(companion=companion_id).values("ref")
    FinanceTask.objects.filter(kind=FinanceTask.Kind.DEBT, closed_at=None, ref__in=hers).update(closed_at=Now())


def _fen(rows: QuerySet, what: Combinable) -> int:
    return rows.aggregate(fen=Sum(what))["fen"] or 0
