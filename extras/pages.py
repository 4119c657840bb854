"""What the pages of a booking show of what was laid out, as plain values for the templates."""

from typing import Any
from uuid import UUID

from accounts.models import User
from bookings.models import FINISHED, RUNNING, Booking
from common.clock import database_now_ms, moment
from common.errors import UserError
from common.words import in_short
from extras import services
from extras.models import REPLY_LENGTH, Extra
from payments import services as payments

PAID = Extra.State.PAID


def extras_part(booking: Booking, user: User) -> dict[str, Any] | None:
    """What its page shows to one of the two; None where nothing was asked for and nothing can be.

    `may_ask`: she may, and `no_room`, if anything, says why it cannot be all the same. `rows`: what was asked for,
    oldest first, for the client with what goes back of it (`_row`) and the `charge` that its bank has not answered.
    `waits_for_me`: the client is to answer; `card`:
    his own, then. `version` changes with what is shown.
    """
    if not _has_begun(booking):
        return None
    now = database_now_ms()
    rows = _rows(booking, user, now)
    may_ask, until = services.may_ask(booking, user, now), services.asks_until_ms(booking)
    if not rows and not may_ask:
        return None
    no_room = _no_room(rows) if may_ask else ""
    waits_for_me = user.pk == booking.client_id and any(row["waits"] for row in rows)
    cards = payments.cards_to_offer(user=user) if waits_for_me else []
    return {
        "rows": rows,
        "waits_for_me": waits_for_me,
        "cards": cards,
        "reply_length": REPLY_LENGTH,
        "kept_days": services.KEPT_DAYS,
        "may_ask": may_ask,
        "no_room": no_room,
        "asks_until": None if until is None else moment(until),
        "version": in_short([_seen(row) for row in rows], may_ask, no_room, [card.pk for card in cards]),
    }


def billed_extras(booking: Booking, user: User) -> dict[str, Any] | None:
    """What its bill lists to one of the two; None where nothing was paid.

    `paid` with `fen` of all of them; to the client also `late`, each `extra` with the `money` that goes back of it.
    """
    extras = _of(booking) if _has_begun(booking) else []
    paid, back = [extra for extra in extras if extra.state == PAID], _back(extras, booking, user)
    if not paid and not back:
        return None
    return {
        "paid": paid,
        "fen": sum(extra.amount_fen for extra in paid),
        "late": [{"extra": extra, "money": back[extra.pk]} for extra in extras if extra.pk in back],
        "version": in_short(len(paid), [_refunds_seen(money) for money in back.values()]),
    }


def _has_begun(booking: Booking) -> bool:
    return services.has_extras(booking) and booking.state in (*RUNNING, *FINISHED)


def _of(booking: Booking) -> list[Extra]:
    return list(Extra.objects.filter(booking=booking).order_by("asked_ms", "pk"))


def _back(extras: list[Extra], booking: Booking, user: User) -> dict[UUID, payments.Money]:
    """What came for one of them when it was over, by its id: for the client alone."""
    ended = [extra.pk for extra in extras if extra.state not in (Extra.State.ASKED, PAID)]
    return payments.money_back(refs=ended) if ended and user.pk == booking.client_id else {}


def _rows(booking: Booking, user: User, now_ms: int) -> list[dict[str, Any]]:
    extras = _of(booking)
    back, charges = _back(extras, booking, user), _charges(extras, booking, user)
    return [{**_row(extra, now_ms, back.get(extra.pk)), "charge": charges.get(extra.pk)} for extra in extras]


def _charges(extras: list[Extra], booking: Booking, user: User) -> dict[UUID, Any]:
    """What the client's saved card was asked for and its bank has not answered, by the extra's id."""
    asked = [extra.pk for extra in extras if extra.state == Extra.State.ASKED]
    return payments.open_charges(refs=asked, payer=user) if asked and user.pk == booking.client_id else {}


def _row(extra: Extra, now_ms: int, money: payments.Money | None) -> dict[str, Any]:
    """`waits`: it can be answered, until `lapses`; by the clock, whether a round has come by or not. `money`: what came
    too late, and goes back."""
    return {
        "money": money,
        "extra": extra,
        "waits": extra.state == Extra.State.ASKED and now_ms < extra.lapses_ms,
        "lapses": moment(extra.lapses_ms),
        "decided": None if extra.decided_ms is None else moment(extra.decided_ms),
    }


def _no_room(rows: list[dict[str, Any]]) -> str:
    """Why nothing more can be asked for; "" where it can."""
    try:
        services.check_room([row["extra"] for row in rows])
    except UserError as refusal:
        return str(refusal)
    return ""


def _seen(row: dict[str, Any]) -> tuple[Any, ...]:
    """Changes with what is shown of the row."""
    extra = row["extra"]
    charge = row["charge"] and (row["charge"].unsure_since, row["charge"].last_decline)
    return extra.pk, extra.state, row["waits"], charge, extra.erased_at is None, _refunds_seen(row["money"])


def _refunds_seen(money: payments.Money | None) -> list[str]:
    return [refund.status for refund in money.refunds] if money else []
