"""Somebody asks for help. Whoever he is with is told nothing: no touch of the page, no line in the talk."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.services import one_at_a_time
from bookings.models import Booking
from common.clock import database_now_ms
from common.database import broken_constraint
from common.sealing import seal
from moderation import services as moderation
from moderation.models import Priority
from safety.errors import NotTogether
from safety.models import Alarm, AllClear, Link, Outing, Position
from safety.models.alarm import MOST_ALL_CLEARS, ONCE_MS
from safety.services.links import revoke, share_anew
from safety.services.moments import is_dead, was_agreed
from safety.services.notices import call_contacts, has_reached_other

CASE_KIND = "emergency"
# The wording in templates/safety/_sos.html: a new one has another number.
CONSENT_VERSION = "2026-11"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the browser says its person is, in degrees, give or take so many metres. Only with his consent."""

    latitude: float
    longitude: float
    metres: int


@transaction.atomic
def raise_alarm(*, booking: Booking, by: User, place: Place | None = None, now_ms: int | None = None) -> Alarm:
    """Writes it down, tells his trusted contacts with his link, and opens a case to be looked at at once.

    Not told are the person he meets, should she be among them, who would read it on his link too: one that was mailed
    to her is dead from now on, and his contacts get another. Nor is whoever was told less than ten minutes ago and has
    not heard since that all is well.

    Twice within a minute is once, unless he said in between that he is well; a place that only comes with the second
    call is kept all the same. Raises NotTogether before the meeting is agreed and once its links are dead. `now_ms` is
    for tests.
    """
    now = database_now_ms() if now_ms is None else now_ms
    if not was_agreed(booking) or is_dead(booking, now):
        raise NotTogether
    # Two rows that are checked against each other at once would wait for each other.
    one_at_a_time(by)
    alarm, is_first = _written(booking, by, now)
    if place:
        _keep(place, alarm, now)
    if is_first:
        link, dead = _link_for_help(booking, by, now_ms)
        told = call_contacts(link, alarm, instead_of=dead)
        _open_case(alarm, told=len(told), has_place=place is not None)
    return alarm


def _link_for_help(booking: Booking, by: User, now_ms: int | None) -> tuple[Link, Link | None]:
    """The one that goes out, and the one that is dead for it, if any."""
    link = share_anew(booking=booking, by=by, now_ms=now_ms)
    if not has_reached_other(link):
        return link, None
    revoke(booking=booking, by=by)
    return share_anew(booking=booking, by=by, now_ms=now_ms), link


def _written(booking: Booking, by: User, now_ms: int) -> tuple[Alarm, bool]:
    mine = {"booking": booking, "user": by, "all_clears_before": _all_clears(booking, by)}
    try:
        with transaction.atomic():
            return Alarm.objects.create(**mine, at_ms=now_ms), True
    except IntegrityError as error:
        if broken_constraint(error) != "alarm_once_a_minute":
            raise
    # Of two at once the later one may be the earlier by a millisecond.
    around = (now_ms - ONCE_MS, now_ms + ONCE_MS)
    return Alarm.objects.filter(**mine, at_ms__range=around).latest("at_ms"), False


def _all_clears(booking: Booking, by: User) -> int:
    """Those that count: after them each comes a minute after its call, and the next call is another one by that."""
    said = AllClear.objects.filter(alarm__booking=booking, alarm__user=by).count()
    return min(said, MOST_ALL_CLEARS)


def _keep(place: Place, alarm: Alarm, now_ms: int) -> None:
    where = f"{place.latitude:.5f},{place.longitude:.5f},{place.metres}"
    sealed = {"sealed": seal(where.encode()), "consented_ms": now_ms, "version": CONSENT_VERSION}
    Position.objects.get_or_create(alarm=alarm, defaults=sealed)


def _open_case(alarm: Alarm, *, told: int, has_place: bool) -> None:
    outing, _ = Outing.objects.get_or_create(booking=alarm.booking)
    facts = {"alarm": alarm.pk, "told": told, "position": has_place}
    moderation.record(actor=alarm.user, action="emergency.raised", target=outing, after=facts)
    moderation.open_case(kind=CASE_KIND, target=outing, by=alarm.user, priority=Priority.P0)
