"""The link to a meeting: its owner's page, and the one that anybody reads who has it."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.clock import database_now_ms
from common.login import login_required
from common.secrecy import secret_address
from safety import services
from safety.pages import people, shared_page
from safety.views.own import own_meeting


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def share(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """One tap makes the link; here its owner copies it, sends it, and takes it back."""
    booking = own_meeting(request, booking_id)
    if request.method == "POST":
        make = services.share_anew if "anew" in request.POST else services.share
        make(booking=booking, by=request.user)
        return redirect("safety:share", booking.pk)
    link = services.link_of(booking, request.user)
    page = {
        "booking": booking,
        "link": link,
        "address": services.address_of(link) if link else "",
        "told": list(link.notices.filter(all_clear=None).select_related("letter").order_by("pk")) if link else [],
        **people(booking, request.user),
        "names_place": booking.client_id == request.user.pk or not booking.listing.policy.stages,
        "is_dead": services.is_dead(booking, database_now_ms()),
    }
    return render(request, "safety/share.html", page)


@login_required
@require_POST
def revoke(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    booking = own_meeting(request, booking_id)
    services.revoke(booking=booking, by=request.user)
    messages.success(request, _("The link no longer works."))
    return redirect("safety:share", booking.pk)


@login_required
@require_POST
def tell(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    booking = own_meeting(request, booking_id)
    told = services.share_with_contacts(booking=booking, by=request.user)
    messages.success(request, _("Sent to %(names)s.") % {"names": _(", ").join(notice.name for notice in told)})
    return redirect("safety:share", booking.pk)


@require_safe
@secret_address
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """404 for a token that never was; 410 and nothing else for one that is over."""
    now, link = database_now_ms(), services.found(token)
    if link is None:
        raise Http404
    if link.revoked_at or services.is_dead(link.booking, now):
        gone = render(request, "safety/gone.html", status=410)
        # A page that is open is told by its own asking, and goes there as a whole.
        gone["HX-Refresh"] = "true"
        return gone
    template = "safety/_shared.html" if request.htmx else "safety/shared.html"
    return render(request, template, shared_page(link))
