"""The life of a booking. TRANSITIONS is the table; the trigger of migration 0002 refuses everything else."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    AWAITING_PAYMENT = "awaiting_payment", _("Waiting for payment")
    REQUESTED = "requested", _("Waiting for an answer")
    ACCEPTED = "accepted", _("Accepted")
    LIVE = "live", _("Running")
    PAUSED = "paused", _("Clock stopped")
    ENDED = "ended", _("Ended")
    EXHAUSTED = "exhausted", _("Time used up")
    SETTLED = "settled", _("Settled")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Cancelled")
    NO_SHOW = "no_show", _("Did not show up")


class PauseReason(models.TextChoices):
    """Why the clock stands still while the booking goes on."""

    CLIENT = "client"
    REPLY_OVERDUE = "reply_overdue"
    COMPANION_AWAY = "companion_away"
    CLIENT_AWAY = "client_away"


class Phase(models.TextChoices):
    """What a state means for whose turn it is (bookings/models/turn.py)."""

    APART = "apart"
    TOGETHER = "together"
    OVERDUE = "overdue"
    OVER = "over"


class StopReason(models.TextChoices):
    """Why a live stretch ended: a pause, or the end of the booking."""

    CLIENT = "client"
    REPLY_OVERDUE = "reply_overdue"
    COMPANION_AWAY = "companion_away"
    CLIENT_AWAY = "client_away"
    ENDED_BY_CLIENT = "ended_by_client"
    ENDED_BY_COMPANION = "ended_by_companion"
    DEADLINE = "deadline"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.AWAITING_PAYMENT: frozenset({State.REQUESTED, State.EXPIRED, State.CANCELLED}),
    State.REQUESTED: frozenset({State.ACCEPTED, State.DECLINED, State.EXPIRED, State.CANCELLED}),
    State.ACCEPTED: frozenset({State.LIVE, State.CANCELLED, State.NO_SHOW}),
    State.LIVE: frozenset({State.PAUSED, State.ENDED, State.EXHAUSTED}),
    State.PAUSED: frozenset({State.LIVE, State.ENDED}),
    State.ENDED: frozenset({State.SETTLED}),
    State.EXHAUSTED: frozenset({State.SETTLED}),
}

OPEN = tuple(TRANSITIONS)
"""States that something still has to happen to: exactly these have a timer in due_ms."""

UNANSWERED = (State.AWAITING_PAYMENT, State.REQUESTED)
"""Nobody has paid or accepted yet: these expire."""

RUNNING = (State.LIVE, State.PAUSED)
"""The two are together; the clock runs or stands."""

TOGETHER = (State.ACCEPTED, *RUNNING)
"""The companion has taken the order; the chat is open."""

UNSETTLED = (State.ENDED, State.EXHAUSTED)
"""Over, and settled when the posting lag has passed."""

FINISHED = (State.ENDED, State.EXHAUSTED, State.SETTLED)
"""The two have been together; ended_ms is set."""

PARTLY_KEPT = (State.CANCELLED, State.NO_SHOW)
"""It did not come about after all; the terms may leave a part of what was paid with the companion."""

JUDGED = (State.ACCEPTED, State.SETTLED, State.DECLINED, State.EXPIRED, State.CANCELLED, State.NO_SHOW)
"""Steps into these change a companion's measured figures."""

EXTENDED, EXTENSION_ASKED, NOT_EXTENDED = "extended", "extension_asked", "not_extended"
"""Steps that change no state: time was paid on top, the companion asked for it, the client does not want it."""

MOVE_ASKED, MOVED, NOT_MOVED = "move_asked", "moved", "not_moved"
NOT_FOR_ALL, MOVE_DROPPED, MOVE_LAPSED = "not_for_all", "move_dropped", "move_lapsed"
"""The same of another start: proposed, agreed to, declined by the other, declined by somebody who pays a part, taken
back, or not all answered in time."""

MOVE_STEPS = (MOVE_ASKED, MOVED, NOT_MOVED, NOT_FOR_ALL, MOVE_DROPPED, MOVE_LAPSED)
