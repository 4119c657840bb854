from datetime import date, datetime, time

from django.db.models import Sum
from django.db.models.functions import TruncDate
from django.utils.timezone import get_default_timezone

from accounts.models import User
from payments.models import AccountKind, Transfer, TransferKind


def daily_income(*, user: User, since: date) -> dict[date, int]:
    """Fen the companion has earned by day of settlement, after the platform's share; days without any are left out.

    From the ledger; days are those of settings.TIME_ZONE (Shanghai), `since` included. One query.
    """
    zone = get_default_timezone()
    settled = Transfer.objects.filter(
        kind=TransferKind.SETTLE_COMPANION,
        credit__kind=AccountKind.PAYABLE,
        credit__owner=f"user:{user.pk}",
        at__gte=datetime.combine(since, time.min, zone),
    )
    days = settled.order_by().annotate(day=TruncDate("at", tzinfo=zone)).values_list("day").annotate(Sum("amount"))
    return dict(days)
