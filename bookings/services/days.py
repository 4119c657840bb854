"""What a companion did, by day of settings.TIME_ZONE (Shanghai): minutes served and how fast she replied."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Aggregate, Count, F, FloatField, Func, IntegerField, QuerySet, Sum
from django.db.models.fields import DateTimeField
from django.db.models.functions import Cast, TruncDate
from django.utils.timezone import get_default_timezone

from accounts.models import User
from bookings.models import Reply, State, Step
from bookings.services.figures import MIN_REPLIES


class Median(Aggregate):
    """The lower median: always a value that occurred, as in bookings/sql/figures.sql."""

    function = "percentile_disc"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = IntegerField()


@dataclass(frozen=True, slots=True)
class Served:
    orders: int
    minutes: int


def daily_service(*, user: User, since: date) -> dict[date, Served]:
    """Orders settled and minutes billed by day of settlement, `since` included; days without any are left out."""
    settled = Step.objects.filter(
        state=State.SETTLED, booking__companion=user, booking__state=State.SETTLED, at_ms__gte=_begin_ms(since)
    )
    days = _by_day(settled, "at_ms").annotate(Count("pk"), Sum("booking__billed_min"))
    return {day: Served(orders, minutes) for day, orders, minutes in days}


def daily_reply(*, user: User, since: date) -> dict[date, int]:
    """The median wait in ms of the questions replied to on each day, `since` included; of too few there is none."""
    given = Reply.objects.filter(companion=user, replied_ms__gte=_begin_ms(since))
    enough = _by_day(given, "replied_ms").alias(replies=Count("pk")).filter(replies__gte=MIN_REPLIES)
    return dict(enough.annotate(median=Median(F("replied_ms") - F("asked_ms"))))


def _by_day(rows: QuerySet, column: str) -> QuerySet:
    seconds = Cast(column, FloatField()) / 1000.0
    at = Func(seconds, function="to_timestamp", output_field=DateTimeField())
    return rows.order_by().annotate(day=TruncDate(at, tzinfo=get_default_timezone())).values_list("day")


def _begin_ms(day: date) -> int:
    return int(datetime.combine(day, time.min, get_default_timezone()).timestamp() * 1000)
