"""Pictures of a talk: sent by its two while it is open, seen by nobody else."""

import logging
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bookings.models import Booking
from chat.errors import NotAPicture, TooManyPictures
from chat.models import Conversation
from chat.services import pictures as services
from common.errors import UserError
from common.keyring import Unreadable
from common.login import login_required

log = logging.getLogger(__name__)
MONTH_S = 30 * 24 * 60 * 60
HEADERS = {
    # What a browser may do with it, whatever is in it: show it.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@login_required
@require_POST
def send_picture(request: HttpRequest, booking_id: UUID) -> JsonResponse:
    """Keeps the one file of the form; a message shows it later. A refusal is {code, message} in his language."""
    conversation = _own_talk(request, booking_id)
    try:
        kept = services.keep_picture(by=request.user, conversation=conversation, upload=_file(request))
    except TooManyPictures as error:
        return _refusal(error, {"Retry-After": str(error.retry_after_s)})
    except UserError as error:
        return _refusal(error)
    return JsonResponse({"id": str(kept.pk), "width": kept.width, "height": kept.height})


@login_required
@require_safe
def picture(request: HttpRequest, pk: UUID, size: str) -> HttpResponse:
    """`size`: image or preview. What no key opens is not there, and says so."""
    sealed = get_object_or_404(services.pictures_of(request.user).values_list(size, flat=True), pk=pk)
    try:
        content = services.open_picture(pk, sealed, size)
    except Unreadable as error:
        log.error("picture %s cannot be shown: %s", pk, error)
        return HttpResponse(_("This picture cannot be shown."), status=404, content_type="text/plain; charset=utf-8")
    headers = {
        **HEADERS,
        "Cache-Control": f"private, max-age={MONTH_S}, immutable",
        "Content-Disposition": f'inline; filename="{pk}.webp"',
    }
    return HttpResponse(content, content_type="image/webp", headers=headers)


def _own_talk(request: HttpRequest, booking_id: UUID) -> Conversation:
    booking = get_object_or_404(Booking.objects.visible_to(request.user), pk=booking_id)
    own = Conversation.objects.visible_to(request.user)
    return get_object_or_404(own, client=booking.client_id, companion=booking.companion_id)


def _file(request: HttpRequest) -> UploadedFile:
    files = list(request.FILES.values())
    if len(files) != 1:
        raise NotAPicture
    return files[0]


def _refusal(error: UserError, headers: dict[str, str] | None = None) -> JsonResponse:
    return JsonResponse({"code": error.code, "message": str(error.message)}, status=error.status, headers=headers)
