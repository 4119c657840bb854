"""What the pages of a booking show of what was laid out, as plain values for the templates."""

from typing import Any

from accounts.models import User
from bookings.models import FINISHED, RUNNING, Booking
from common.clock import database_now_ms, moment
from common.words import in_short
from extras import services
from extras.models import REPLY_LENGTH, Extra
from payments import services as payments


def extras_part(booking: Booking, user: User) -> dict[str, Any] | None:
    """What its page shows to one of the two; None where nothing was asked for and nothing can be.

    `rows`: what was asked for, oldest first. `waits_for_me`: the client is to answer; `card`: his own, then. `version`
    changes with what is shown.
    """
    if not _has_begun(booking):
        return None
    now = database_now_ms()
    rows = [_row(extra, now) for extra in _of(booking)]
    may_ask, until = services.may_ask(booking, user, now), services.asks_until_ms(booking)
    if not rows and not may_ask:
        return None
    waits_for_me = user.pk == booking.client_id and any(row["waits"] for row in rows)
    card = _card(user) if waits_for_me else None
    seen = [(row["extra"].pk, row["extra"].state, row["waits"], row["extra"].erased_at is None) for row in rows]
    return {
        "rows": rows,
        "waits_for_me": waits_for_me,
        "card": card,
        "reply_length": REPLY_LENGTH,
        "may_ask": may_ask,
        "asks_until": None if until is None else moment(until),
        "version": in_short(seen, may_ask, card and card.pk),
    }


def paid_extras(booking: Booking) -> dict[str, Any] | None:
    """What its bill lists; None where nothing was paid. `fen`: of all of them."""
    paid = [extra for extra in _of(booking) if extra.state == Extra.State.PAID] if _has_begun(booking) else []
    if not paid:
        return None
    return {"paid": paid, "fen": sum(extra.amount_fen for extra in paid), "version": len(paid)}


def _has_begun(booking: Booking) -> bool:
    return services.has_extras(booking) and booking.state in (*RUNNING, *FINISHED)


def _of(booking: Booking) -> list[Extra]:
    return list(Extra.objects.filter(booking=booking).order_by("asked_ms", "pk"))


def _row(extra: Extra, now_ms: int) -> dict[str, Any]:
    """`waits`: it can be answered, until `lapses`; by the clock, whether a round has come by or not."""
    return {
        "extra": extra,
        "waits": extra.state == Extra.State.ASKED and now_ms < extra.lapses_ms,
        "lapses": moment(extra.lapses_ms),
        "decided": None if extra.decided_ms is None else moment(extra.decided_ms),
    }


def _card(user: User) -> Any:
    return next(iter(payments.saved_cards(user=user)), None)
