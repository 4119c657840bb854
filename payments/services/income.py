from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Sum
from django.db.models.functions import TruncDate

from accounts.models import User
from payments.models import AccountKind, Transfer, TransferKind

SHANGHAI = ZoneInfo("Asia/Shanghai")


def daily_income(*, user: User, since: date) -> dict[date, int]:
    """Fen the companion has earned by day of settlement, after the platform's share; days without any are left out.

    From the ledger; days are those of Asia/Shanghai, `since` included. One query.
    """
    begins = datetime.combine(since, time.min, SHANGHAI)
    settled = Transfer.objects.filter(
        kind=TransferKind.SETTLE_COMPANION,
        credit__kind=AccountKind.PAYABLE,
        credit__owner=f"user:{user.pk}",
        at__gte=begins,
    )
    days = settled.order_by().annotate(day=TruncDate("at", tzinfo=SHANGHAI)).values_list("day").annotate(Sum("amount"))
    return dict(days)
