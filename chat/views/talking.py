from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from bookings.models import Booking, State
from bookings.pages import booking_page
from chat.models import Conversation
from chat.pages.story import story_words
from chat.services.fanout import snapshot
from chat.services.quick_replies import quick_replies
from common.login import login_required

MS_PER_SECOND = 1000
BACKLOG = 100
# Before a line that is asked for.
AROUND = 30


@never_cache
@login_required
@require_GET
def room(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The conversation around a booking; before there is one, the booking's page. As JSON: where the clock stands."""
    mine = Booking.objects.visible_to(request.user).select_related("terms", "client", "listing__companion")
    booking = get_object_or_404(mine, pk=booking_id)
    if not request.accepts("text/html"):
        return JsonResponse({"booking": snapshot(booking.pk)})
    pair = {"client": booking.client_id, "companion": booking.companion_id}
    conversation = Conversation.objects.filter(**pair).first()
    if conversation is None:
        return redirect("bookings:detail", booking.pk)
    page = booking_page(booking, request.user)
    if booking.state == State.ACCEPTED and not page["chat_open"]:
        return redirect("bookings:detail", booking.pk)
    if _is_held_elsewhere(booking, conversation):
        return redirect("chat:room", conversation.booking_id)
    quick = [] if page["is_client"] else list(quick_replies(user=request.user))
    room = _room(booking, conversation, page["is_client"], _place(request, conversation))
    told = {"story": _story(booking, page), "grace_s": booking.terms.companion_grace_ms // MS_PER_SECOND}
    return render(request, "chat/room.html", {**page, **told, "room": room, "quick_replies": quick})


def _is_held_elsewhere(booking: Booking, conversation: Conversation) -> bool:
    """Two people have one talk. While it belongs to another order of theirs, this one is arranged there too."""
    return booking.state == State.ACCEPTED and conversation.booking_id != booking.pk and conversation.gate


def _place(request: HttpRequest, conversation: Conversation) -> int | None:
    """The line that ?at= asks for, if there is one."""
    asked = request.GET.get("at", "")
    at = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0
    return at if 1 <= at <= conversation.last_seq else None


def _story(booking: Booking, page: dict[str, Any]) -> SafeString:
    promise = {"seconds": (booking.terms.promise_ms or 0) // 1000}
    places = {"name": page["name"], "away_min": page["away_min"], **promise}
    words = story_words(is_client=page["is_client"], online=booking.online, places=places)
    return format_html_join("\n", 'data-sys_{}="{}"', words.items())


def _room(booking: Booking, conversation: Conversation, is_client: bool, at: int | None) -> dict[str, Any]:
    """What the chat module reads from the page."""
    pictures = reverse("chat:send_picture", args=[booking.pk])
    urls = {name: reverse(f"bookings:{name}", args=[booking.pk]) for name in ("end", "receipt", "detail")}
    return {
        "conv": conversation.pk,
        "current": conversation.booking_id == booking.pk,
        "promise_s": (booking.terms.promise_ms or 0) // 1000,
        "me": booking.client_id if is_client else booking.companion_id,
        "is_client": is_client,
        "last_seq": max(0, min(conversation.last_seq - BACKLOG, (at or conversation.last_seq) - AROUND)),
        "head": conversation.last_seq,
        "at": at,
        "booking": snapshot(booking.pk),
        "urls": {**urls, "room": reverse("chat:room", args=[booking.pk]), "pictures": pictures},
    }
