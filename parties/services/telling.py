"""Guests have no part in the talk: what becomes of the meeting is told them by mail."""

from datetime import timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts.models import User
from accounts.services import write_letter
from bookings import services as bookings
from bookings.models import (
    MOVE_ASKED,
    MOVE_DROPPED,
    MOVE_LAPSED,
    MOVED,
    NOT_FOR_ALL,
    NOT_MOVED,
    Booking,
    State,
    Step,
)
from common.clock import moment
from parties.models import Guest

GOOD_FOR = timedelta(hours=24)
COMING = (
    _("%(name)s is coming"),
    _("%(name)s has accepted. You meet %(when)s, %(place)s. On the page you find your seat and who else comes."),
)
ELSEWHEN = (
    _("The time has changed"),
    _("You now meet %(name)s %(when)s, %(place)s. Everybody who was asked has agreed."),
)
ASKED = (
    _("Another time, if you agree"),
    _(
        "You would meet %(name)s and %(host)s %(new)s instead of %(when)s. You have paid a part, so it needs your word "
        "too. Until %(until)s you can answer; without an answer the time stays as it is."
    ),
)
AS_BEFORE = (
    _("The time stays as it was"),
    _("You meet %(name)s %(when)s, %(place)s. Nothing came of another time."),
)
KEPT = (
    _("You kept the time"),
    _("You did not agree to another time, so it stays: you meet %(name)s %(when)s, %(place)s."),
)
NOT_AT_ALL = (
    _("The meeting does not take place"),
    _("The meeting with %(name)s %(when)s does not take place. What comes back of what you paid is on its way."),
)
STOPPED = (
    _("The meeting does not take place"),
    _(
        "A payment for the meeting with %(name)s %(when)s was stopped, so it does not take place. Please do not set "
        "out. What is yours of what you paid comes back by itself."
    ),
)
NEWS: dict[str, tuple[Promise, Promise]] = {
    State.ACCEPTED: COMING,
    MOVED: ELSEWHEN,
    MOVE_ASKED: ASKED,
    **dict.fromkeys((NOT_MOVED, NOT_FOR_ALL, MOVE_DROPPED, MOVE_LAPSED), AS_BEFORE),
    **dict.fromkeys((State.DECLINED, State.EXPIRED, State.CANCELLED), NOT_AT_ALL),
}


def tell_guests(*, booking: Booking, step: Step) -> None:
    """Writes to each guest when it is accepted, moved, or does not come about, and to who is asked about another time.
    Of one step each hears once."""
    if step.state not in NEWS:
        return
    for user in _hearers(booking, step):
        _write(user, booking, step)


def _hearers(booking: Booking, step: Step) -> QuerySet[User]:
    """All guests; of what is or was only proposed, those of them who are asked."""
    guests = User.objects.filter(pk__in=Guest.objects.filter(party=booking.pk).values("user"))
    return guests.filter(pk__in=step.move.asked) if step.move and step.state != MOVED else guests


def tell_companion(*, guest: Guest, booking: Booking) -> None:
    """She has answered for so many people, and hears who they are."""
    write_letter(
        to=booking.companion,
        # Who comes and goes is told once.
        key=f"parties:joined:{booking.pk}:{guest.user_id}",
        subject=_("%(guest)s comes along"),
        body=_("%(guest)s has taken a seat at the table of %(host)s, %(when)s. The identity is confirmed."),
        path=reverse("bookings:detail", args=[booking.pk]),
        good_for=GOOD_FOR,
        guest=guest.user.display_name,
        host=booking.client.display_name,
        when=_when(booking.starts_ms or 0, booking.companion),
    )


def _write(to: User, booking: Booking, step: Step) -> None:
    subject, body = _words(to, booking, step)
    write_letter(
        to=to,
        key=_key(to, booking, step),
        subject=subject,
        body=body,
        path=reverse("parties:seat", args=[booking.pk]),
        good_for=GOOD_FOR,
        name=booking.terms.companion_name,
        host=booking.client.display_name,
        place=booking.terms.place,
        **{"when": _when(booking.starts_ms or 0, to), **_other_time(step, to)},
    )


def _key(reader: User, booking: Booking, step: Step) -> str:
    """Whoever pays a part hears of a dispute from bookings too: in one letter."""
    if booking.disputed:
        return bookings.dispute_letter_key(booking=booking, to=reader)
    return f"parties:{step.pk}:{reader.pk}"


def _words(reader: User, booking: Booking, step: Step) -> tuple[Promise, Promise]:
    if booking.disputed:
        return STOPPED
    return KEPT if _has_declined(reader, step) else NEWS[step.state]


def _has_declined(reader: User, step: Step) -> bool:
    """It stays by his own word."""
    return step.state == NOT_FOR_ALL and step.move is not None and step.move.declined_by_id == reader.pk


def _other_time(step: Step, reader: User) -> dict[str, str]:
    """What was asked for, whenever it is told: by then the meeting may have moved."""
    if step.move is None or step.state != MOVE_ASKED:
        return {}
    times = {"when": step.move.from_ms, "new": step.move.to_ms, "until": step.move.expires_ms}
    return {name: _when(ms, reader) for name, ms in times.items()}


def _when(at_ms: int, reader: User) -> str:
    """In Shanghai, in the reader's language."""
    with override(reader.language):
        return date_format(localtime(moment(at_ms)), "DATETIME_FORMAT")
