"""What the companion's workbench shows, as plain values for the templates."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Avg, Count, Exists, F, Max, OuterRef, Q, Subquery
from django.utils.timezone import get_default_timezone

from accounts.models import User
from bookings.models import (
    FINISHED,
    NOT_FOR_ALL,
    Booking,
    BookingQuerySet,
    Move,
    Share,
    State,
    Step,
    client_rating,
    reviewable_by,
)
from bookings.pages.leaving import earned_of
from bookings.pages.moving import move_part
from bookings.services import figures_of
from bookings.services.days import daily_reply, daily_service
from bookings.services.figures import MIN_ORDERS, MIN_REPLIES, WINDOW_DAYS
from common.clock import database_now_ms, moment
from listings import services as listings
from listings.models import Companion, TakenTime
from payments import services as payments

RECENT = 5
MS = timedelta(milliseconds=1)
NEWS, NEWS_FOR = 5, timedelta(hours=12)
# An order can be made long before it is cancelled; older ones than this are not looked through.
NEWS_OF = timedelta(days=60)
DAYS, MONTHS = 30, 12
SUMS = ("fen", "orders", "minutes")


def workbench_page(companion: Companion) -> dict[str, Any]:
    """The whole page: the part that follows the server, and what changes slowly."""
    orders = orders_part(companion)
    now = orders["server_now_ms"]
    income = _income(companion.user, _day_of(now))
    return {
        **orders,
        # What was settled a moment later is in both or in neither.
        "today": orders["today"] | {key: income["days"][-1][key] for key in SUMS},
        "figures": figures_of(user_ids=[companion.user_id], now_ms=now)[0],
        "window_days": WINDOW_DAYS,
        "min_orders": MIN_ORDERS,
        "min_replies": MIN_REPLIES,
        "income": payments.income_of(user=companion.user),
        "passed_on": payments.passed_on_to(user=companion.user),
        **income,
    }


def orders_part(companion: Companion) -> dict[str, Any]:
    """What waits for her, what runs, what happened without her, today, and what she did lately."""
    mine = Booking.objects.of_companion(companion.user).select_related("terms", "turn", "client", "listing__companion")
    asked = mine.annotate(client_stars=client_rating(Avg("stars")), client_reviews=client_rating(Count("stars")))
    over = mine.filter(state__in=FINISHED).annotate(review_open=reviewable_by(companion.user))
    now = database_now_ms()
    running = mine.at_hand(now).running_first().first()
    return {
        "companion": companion,
        "server_now_ms": now,
        "requests": list(asked.filter(state=State.REQUESTED).order_by("due_ms")),
        "moves": _moves(companion.user, now),
        "running": running,
        "reply_by_ms": _reply_by_ms(running),
        "rests_until": listings.rests_until(companion),
        "upcoming": list(_upcoming(mine)),
        "news": _news(companion.user, now),
        "recent": list(over.order_by(F("ended_ms").desc())[:RECENT]),
        "today": _today(companion.user, now),
    }


def _upcoming(mine: BookingQuerySet) -> BookingQuerySet:
    """Each with `sets_off_at`, when she leaves for it; None where there is no way."""
    way = TakenTime.objects.filter(ref=OuterRef("pk"), sets_off_at__lt=F("starts_at"))
    agreed = mine.filter(state=State.ACCEPTED, now=False).annotate(sets_off_at=Subquery(way.values("sets_off_at")))
    return agreed.order_by("starts_ms")


def _moves(user: User, now_ms: int) -> list[dict[str, Any]]:
    """Other starts that clients ask for, whichever has to be answered first at the head."""
    asked = Move.objects.waiting_for(user, now_ms).filter(booking__companion=user, booking__state=State.ACCEPTED)
    rows = asked.select_related("booking__terms", "booking__client", "booking__listing")
    others = Share.objects.filter(booking=OuterRef("booking"), state=Share.State.PAID)
    rows = rows.annotate(others_pay=Exists(others.exclude(payer=OuterRef("booking__client"))))
    return [
        {**move_part(move, move.booking, user, now_ms), "is_shared": move.others_pay}
        for move in rows.order_by("expires_ms")
    ]


def _reply_by_ms(running: Booking | None) -> int | None:
    """When the promise of the running order runs out, while a question waits."""
    if running is None or running.state != State.LIVE or running.turn.awaiting_since_ms is None:
        return None
    return running.turn.awaiting_since_ms + running.terms.promise_ms


def _news(user: User, now_ms: int) -> list[dict[str, Any]]:
    """What happened without her doing: cancelled or missed by the client, expired before she answered, or another start
    that a client has answered."""
    news = [*_ended(user, now_ms), *_answered(user, now_ms)]
    return sorted(news, key=lambda item: item["at"], reverse=True)[:NEWS]


def _answered(user: User, now_ms: int) -> list[dict[str, Any]]:
    said = [Move.State.AGREED, Move.State.DECLINED]
    mine = Move.objects.filter(proposed_by=user, state__in=said, booking__companion=user)
    lately = mine.filter(decided_ms__gt=now_ms - NEWS_FOR // MS).select_related("booking__client")
    lately = lately.annotate(not_for_all=Exists(Step.objects.filter(move=OuterRef("pk"), state=NOT_FOR_ALL)))
    newest = lately.order_by("-decided_ms")[:NEWS]
    return [
        {"booking": move.booking, "move": move, "new": moment(move.to_ms), "at": moment(move.decided_ms or 0)}
        for move in newest
    ]


def _ended(user: User, now_ms: int) -> list[dict[str, Any]]:
    since = moment(now_ms) - NEWS_OF
    left = Q(state=State.CANCELLED, cancelled_by=F("client")) | Q(state=State.NO_SHOW, missed_by=F("client"))
    over = left | Q(state=State.EXPIRED)
    mine = Booking.objects.of_companion(user).filter(over, created_at__gt=since).select_related("client")
    gone = mine.annotate(at_ms=Max("steps__at_ms"), earned_fen=earned_of()).filter(at_ms__gt=now_ms - NEWS_FOR // MS)
    return [{"booking": booking, "at": moment(booking.at_ms)} for booking in gone.order_by("-at_ms")[:NEWS]]


def _today(user: User, now_ms: int) -> dict[str, Any]:
    day = _day_of(now_ms)
    midnight = datetime.combine(day, time.min, get_default_timezone())
    earned, served = payments.daily_income(user=user, since=day), daily_service(user=user, since=day)
    return {"day": midnight, **_sum_of([day], earned, served)}


def _income(user: User, today: date) -> dict[str, Any]:
    """Thirty days and twelve months up to today, the oldest first; each with what was earned and done."""
    months = [_month_before(today, back) for back in reversed(range(MONTHS))]
    earned = payments.daily_income(user=user, since=months[0])
    served = daily_service(user=user, since=months[0])
    replied = daily_reply(user=user, since=today - timedelta(days=DAYS - 1))
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    return {
        "days": [{**_sum_of([day], earned, served), "at": day, "reply_ms": replied.get(day)} for day in days],
        "months": [
            {**_sum_of([day for day in {*earned, *served} if day.replace(day=1) == month], earned, served), "at": month}
            for month in months
        ],
    }


def _sum_of(days: list[date], earned: dict[date, int], served: dict[date, Any]) -> dict[str, int]:
    done = [served[day] for day in days if day in served]
    return {
        "fen": sum(earned.get(day, 0) for day in days),
        "orders": sum(day.orders for day in done),
        "minutes": sum(day.minutes for day in done),
    }


def _day_of(now_ms: int) -> date:
    return moment(now_ms).astimezone(get_default_timezone()).date()


def _month_before(day: date, back: int) -> date:
    """The first day of the month `back` months before this one."""
    year, month = divmod(day.year * 12 + day.month - 1 - back, 12)
    return date(year, month + 1, 1)
