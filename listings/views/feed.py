"""The iCalendar feed of a companion's promises, for the calendar of her phone."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from icalendar import Calendar, Event, Timezone, TimezoneStandard

from listings.kinds import HORIZON_DAYS
from listings.models import Companion, TakenTime
from listings.weeks import Span, spans

BACK = timedelta(days=60)
FURTHEST = timedelta(days=2 * HORIZON_DAYS)
MOST = 1000
FRESH_S = 300
AGAIN = timedelta(hours=1)
OFFSET = timedelta(hours=8)


@require_safe
def feed(request: HttpRequest, key: UUID) -> HttpResponse:
    """Whoever knows the key reads it, so it says when, and never who or what for."""
    companion = get_object_or_404(Companion, calendar_key=key, user__is_active=True)
    now = timezone.now()
    near = companion.taken.filter(starts_at__gt=now - BACK, starts_at__lt=now + FURTHEST, ends_at__gt=F("starts_at"))
    body = _calendar(near.order_by("starts_at")[:MOST]).to_ical()
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="wozai.ics"'
    response["X-Robots-Tag"] = "noindex"
    response["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    patch_cache_control(response, private=True, max_age=FRESH_S)
    return get_conditional_response(request, etag=response["ETag"], response=response)


def _calendar(promises: Iterable[TakenTime]) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Wozai//Calendar//ZH")
    calendar.add("version", "2.0")
    # The name as calendars have long read it, and as RFC 7986 says it; so too how often to ask again.
    for name in ("x-wr-calname", "name"):
        calendar.add(name, _("Wozai · my orders"))
    calendar.add("x-wr-timezone", settings.TIME_ZONE)
    calendar.add("refresh-interval", AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", AGAIN)
    # RFC 5545 asks for at least one component, and some calendars refuse one that has none.
    calendar.add_component(_zone())
    for span in spans(promises):
        calendar.add_component(_event(span))
    return calendar


def _zone() -> Timezone:
    """China has had one offset and no summer time since 1991."""
    standard = TimezoneStandard()
    standard.add("dtstart", datetime(1991, 9, 15, 1))  # noqa: DTZ001 - in the time of the zone itself
    standard.add("tzoffsetfrom", OFFSET)
    standard.add("tzoffsetto", OFFSET)
    standard.add("tzname", "CST")
    zone = Timezone()
    zone.add("tzid", settings.TIME_ZONE)
    zone.add_component(standard)
    return zone


def _event(span: Span) -> Event:
    event = Event()
    event.add("uid", f"{span.taken.ref}-{span.what}" if span.what else str(span.taken.ref))
    event.add("summary", _("Wozai · %(what)s") % {"what": span} if span.what else _("Wozai · booked"))
    event.add("dtstart", span.start)
    event.add("dtend", span.end)
    # Not the moment of asking: the same promises have to be the same bytes, or no ETag would ever match.
    event.add("dtstamp", span.start)
    return event
