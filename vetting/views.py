"""One's own proofs, and the one door behind which a moderator sees a photo of somebody's papers."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.login import login_required, staff_required
from common.returning import is_ours
from moderation.models import DECIDE
from vetting import services
from vetting.errors import DocumentNotFound
from vetting.forms import CertificateForm, IdentityForm
from vetting.models import Purpose
from vetting.proofs import save_certificate_form, save_identity_form

# What a browser may do with the picture, whatever is in it: show it.
NOTHING_ELSE = "default-src 'none'; sandbox"
ONWARD = "after_identity"


@staff_required(DECIDE)
@never_cache
@require_safe
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """A photo, for the moderator of an open case about it. For everybody else it is not there."""
    try:
        found, content = services.open_document(document_id=pk, by=request.user)
    except DocumentNotFound as error:
        raise Http404 from error
    headers = {
        "Content-Disposition": f'inline; filename="document-{found.pk}.jpg"',
        "Content-Security-Policy": NOTHING_ELSE,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return HttpResponse(content, content_type=found.content_type, headers=headers)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def identity(request: HttpRequest) -> HttpResponse:
    """Proving who one is by itself, as clients do before they meet somebody."""
    check = services.identity_of(request.user)
    form = IdentityForm(request.POST or None, request.FILES or None, check=check)
    if request.method == "POST" and save_identity_form(request, form):
        _was_going_to(request)
        services.prove_identity(by=request.user)
        messages.success(request, _("Handed in. A moderator looks at it within a day."))
        return redirect("vetting:identity")
    onward = _was_going_to(request, done=check is not None and check.is_approved)
    return render(request, "vetting/identity.html", {"form": form, "check": check, "onward": onward})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def certificates(request: HttpRequest) -> HttpResponse:
    """One's certificates with their last days, and a form for a new one."""
    form = CertificateForm(
        request.POST or None,
        request.FILES or None,
        initial=services.words_to_mend(user=request.user),
        kept=services.loose_document(by=request.user, purpose=Purpose.CERTIFICATE),
    )
    if request.method == "POST" and (added := save_certificate_form(request, form)):
        services.renew(by=request.user, certificate_id=added.pk)
        messages.success(request, _("Handed in. A moderator looks at it within a day."))
        return redirect("vetting:certificates")
    own = request.user.certificates.order_by("-pk")
    return render(request, "vetting/certificates.html", {"form": form, "certificates": own})


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    _own(request, pk)
    services.remove_certificate(by=request.user, certificate_id=pk)
    messages.success(request, _("Taken away; its photo is erased."))
    return _back(request)


@login_required
@require_POST
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    _own(request, pk)
    services.renew(by=request.user, certificate_id=pk)
    messages.success(request, _("Handed in. A moderator looks at it within a day."))
    return _back(request)


@login_required
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    _own(request, pk)
    services.take_back_certificate(by=request.user, certificate_id=pk)
    messages.success(request, _("Taken back. You can hand it in again whenever you like."))
    return _back(request)


def _own(request: HttpRequest, pk: int) -> None:
    """Another's certificate is not there; whether one's own can still be changed is for the services to say."""
    get_object_or_404(request.user.certificates, pk=pk)


def _back(request: HttpRequest) -> HttpResponse:
    asked = request.POST.get("next", "")
    return redirect(asked if is_ours(request, asked) else reverse("vetting:certificates"))


def _was_going_to(request: HttpRequest, *, done: bool = False) -> str:
    """What ?next= led here from. Kept in the session, as a moderator may take a day; forgotten once it is `done`."""
    asked = request.GET.get("next", "")
    if is_ours(request, asked):
        request.session[ONWARD] = asked
    onward = request.session.get(ONWARD, "")
    if done:
        request.session.pop(ONWARD, None)
    return onward
