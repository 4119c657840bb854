"""The iCalendar feed of a companion's promises, for the calendar of her phone."""

import hashlib
from datetime import timedelta
from uuid import UUID

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from icalendar import Calendar, Event

from listings.kinds import HORIZON_DAYS
from listings.models import Companion, TakenTime

BACK = timedelta(days=60)
FURTHEST = timedelta(days=2 * HORIZON_DAYS)
MOST = 1000
FRESH_S = 300


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


def _calendar(promises: list[TakenTime]) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Wozai//Calendar//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("Wozai · my orders"))
    for promise in promises:
        calendar.add_component(_event(promise))
    return calendar


def _event(promise: TakenTime) -> Event:
    event = Event()
    event.add("uid", str(promise.ref))
    event.add("summary", _("Wozai · booked"))
    event.add("dtstart", promise.starts_at)
    event.add("dtend", promise.ends_at)
    # Not the moment of asking: the same promises have to be the same bytes, or no ETag would ever match.
    event.add("dtstamp", promise.starts_at)
    return event
