from datetime import date, datetime, time

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils.timezone import get_default_timezone

from accounts.models import User
from payments.models import AccountKind, Transfer, TransferKind


def daily_income(*, user: User, since: date) -> dict[date, int]:
    """Fen the companion has earned by day of settlement, after the platform's share; days without any are left out.

    From the ledger; days are those of settings.TIME_ZONE (Shanghai), `since` included. One query.
    """
    zone = get_default_timezone()
    settled = _became(user, TransferKind.SETTLE_COMPANION).filter(at__gte=datetime.combine(since, time.min, zone))
    days = settled.order_by().annotate(day=TruncDate("at", tzinfo=zone)).values_list("day").annotate(Sum("amount"))
    return dict(days)


def income_of(*, user: User) -> int:
    """Fen the companion has earned, after the platform's share, over all time; what she laid out is none of it."""
    return _sum(_became(user, TransferKind.SETTLE_COMPANION))


def passed_on_to(*, user: User) -> int:
    """Fen of what the companion laid out that came back to her, over all time."""
    return _sum(_became(user, TransferKind.EXTRA))


def _became(user: User, kind: TransferKind) -> QuerySet[Transfer]:
    """What became hers in this way."""
    return Transfer.objects.filter(kind=kind, credit__kind=AccountKind.PAYABLE, credit__owner=f"user:{user.pk}")


def _sum(rows: QuerySet[Transfer]) -> int:
    return rows.aggregate(fen=Sum("amount"))["fen"] or 0
