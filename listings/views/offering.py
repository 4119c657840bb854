"""The companion's side: her profile, her listings, and what became of them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.errors import UserError
from common.login import login_required
from listings import services
from listings.forms import ListingForm, ProfileForm
from listings.kinds import KINDS, Kind
from listings.models import PROFILE_FIELDS, Listing, ListingText


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """How an approved companion is shown; before that it is a step of her application."""
    companion = getattr(request.user, "companion", None)
    if companion is None or not companion.is_approved:
        return redirect("listings:apply_who")
    newest = companion.profile_revisions.last()
    proposed = newest if newest and newest.is_undecided_or_rejected else companion
    known = {name: getattr(proposed, name) for name in PROFILE_FIELDS}
    form = ProfileForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_profile(by=request.user, **form.cleaned_data)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Handed in. Your present profile stays up until a moderator has read it."))
            return redirect("listings:profile")
    context = {"form": form, "companion": companion, "newest": newest, "rows": newest.review_rows() if newest else []}
    return render(request, "listings/profile.html", context)


@login_required
@require_POST
def withdraw_profile(request: HttpRequest) -> HttpResponse:
    services.withdraw_profile(by=request.user)
    messages.success(request, _("Taken back. Your present profile stays as it is."))
    return redirect("listings:profile")


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    companion = getattr(request.user, "companion", None)
    if companion is None:
        return redirect("listings:apply")
    context = {
        "companion": companion,
        "listings": companion.listings.prefetch_related("revisions").order_by("-pk"),
        "application": services.application_of(request.user),
        "profile_revision": companion.profile_revisions.last(),
        "open_kinds": services.kinds_open_to(companion),
        "certificates": request.user.certificates.all(),
    }
    return render(request, "listings/mine.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """The kind first, then only what that kind asks for."""
    companion = getattr(request.user, "companion", None)
    open_kinds = services.kinds_open_to(companion) if companion else []
    if not open_kinds:
        return redirect("listings:apply")
    kind = KINDS.get(request.GET.get("kind", ""))
    if kind is None or kind.key not in open_kinds:
        return render(request, "listings/kinds.html", {"kinds": [KINDS[key] for key in open_kinds]})
    form = _form(request, kind, _said_before(request))
    return _hand_in(request, form, kind, None)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    listing = _own(request, pk)
    newest: ListingText = listing.newest_revision or listing
    initial = {name: getattr(newest, name) for name in ListingForm.Meta.fields}
    form = _form(request, listing.policy, initial)
    return _hand_in(request, form, listing.policy, listing)


@login_required
@require_safe
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The text last handed in, as clients would see it."""
    listing = _own(request, pk)
    text = listing.newest_revision
    if text is None:
        raise Http404
    context = {"listing": listing, "text": text, "own": True, "preview": True}
    return render(request, "listings/detail.html", context)


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return _turn(request, pk, services.withdraw, _("Taken back. You can hand it in again whenever you like."))


@login_required
@require_POST
def hide(request: HttpRequest, pk: int) -> HttpResponse:
    return _turn(request, pk, services.hide, _("Hidden. Nobody can find it until you show it again."))


@login_required
@require_POST
def show(request: HttpRequest, pk: int) -> HttpResponse:
    return _turn(request, pk, services.show, _("Shown again."))


def _said_before(request: HttpRequest) -> dict[str, Any]:
    """What she wrote of herself and in her application, for her first words about a listing."""
    application = services.application_of(request.user)
    said = {"topics": application.topics, "not_offered": application.not_offered} if application else {}
    return {"city": request.user.companion.city, **said}


def _form(request: HttpRequest, kind: Kind, initial: dict[str, Any]) -> ListingForm:
    """As it was sent; as it began, perhaps with another city; or with all that was typed, to look what is in a city."""
    if "look" in request.POST:
        return ListingForm(kind=kind, initial=request.POST.dict())
    city = {"city": request.GET["city"]} if "city" in request.GET else {}
    return ListingForm(request.POST or None, kind=kind, initial=initial | city)


def _own(request: HttpRequest, pk: int) -> Listing:
    own = Listing.objects.filter(companion__user=request.user).select_related("companion__user")
    return get_object_or_404(own, pk=pk)


def _turn(request: HttpRequest, pk: int, service: Callable[..., None], done: str) -> HttpResponse:
    try:
        service(by=request.user, listing=_own(request, pk))
        messages.success(request, done)
    except UserError as error:
        messages.error(request, str(error))
    return redirect("listings:mine")


def _hand_in(request: HttpRequest, form: ListingForm, kind: Kind, listing: Listing | None) -> HttpResponse:
    if form.is_valid():
        try:
            services.submit_listing(by=request.user, listing=listing, text={"kind": kind.key, **form.cleaned_data})
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Handed in. A moderator reads it within a day."))
            return redirect("listings:mine")
    return render(request, "listings/form.html", {"form": form, "kind": kind, "listing": listing})
