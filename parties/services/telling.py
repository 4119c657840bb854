"""Guests have no part in the talk: what becomes of the meeting is told them by mail."""

from datetime import timedelta

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts.models import User
from accounts.services import write_letter
from bookings.models import MOVED, Booking, State, Step
from parties.models import Guest

GOOD_FOR = timedelta(hours=24)
NEWS = {
    State.ACCEPTED: (
        _("%(name)s is coming"),
        _("%(name)s has accepted. You meet %(when)s, %(place)s. On the page you find your seat and who else comes."),
    ),
    MOVED: (
        _("The time has changed"),
        _("You now meet %(name)s %(when)s, %(place)s. %(host)s and %(name)s have agreed on it."),
    ),
} | dict.fromkeys(
    (State.DECLINED, State.EXPIRED, State.CANCELLED),
    (
        _("The meeting does not take place"),
        _("The meeting with %(name)s %(when)s does not take place. What comes back of what you paid is on its way."),
    ),
)


def tell_guests(*, booking: Booking, step: Step) -> None:
    """Writes to each guest when it is accepted, moved, or does not come about. Of one step each hears once."""
    if step.state not in NEWS:
        return
    for guest in Guest.objects.filter(party=booking.pk).select_related("user"):
        _write(guest.user, booking, step)


def tell_companion(*, guest: Guest, booking: Booking) -> None:
    """She has answered for so many people, and hears who they are."""
    write_letter(
        to=booking.companion,
        key=f"parties:joined:{guest.pk}",
        subject=_("%(guest)s comes along"),
        body=_("%(guest)s has taken a seat at the table of %(host)s, %(when)s. The identity is confirmed."),
        path=reverse("bookings:detail", args=[booking.pk]),
        good_for=GOOD_FOR,
        guest=guest.user.display_name,
        host=booking.client.display_name,
        when=_when(booking, booking.companion),
    )


def _write(to: User, booking: Booking, step: Step) -> None:
    subject, body = NEWS[step.state]
    write_letter(
        to=to,
        key=f"parties:{step.pk}:{to.pk}",
        subject=subject,
        body=body,
        path=reverse("parties:seat", args=[booking.pk]),
        good_for=GOOD_FOR,
        name=booking.terms.companion_name,
        host=booking.client.display_name,
        place=booking.terms.place,
        when=_when(booking, to),
    )


def _when(booking: Booking, reader: User) -> str:
    """In Shanghai, in the reader's language."""
    with override(reader.language):
        return date_format(localtime(booking.starts_at), "DATETIME_FORMAT")
