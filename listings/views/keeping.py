"""What a person keeps: favourites, whom she waits for, and whom she wants nothing more to do with."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.db.models import BooleanField, ExpressionWrapper, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts import services as accounts
from common.login import login_required
from common.returning import came_from
from listings import services
from listings.models import Favourite, Listing, Watch
from listings.models.companion import online_now

PAGE_SIZE = 18


@never_cache
@login_required
@require_safe
def favourites(request: HttpRequest) -> HttpResponse:
    """Who is here now comes first; what is not offered at present stays, and says so."""
    apart = accounts.blocked_with(request.user)
    mine = Favourite.objects.filter(user=request.user).exclude(listing__companion__user__in=apart)
    here = Coalesce(online_now("listing__companion__"), False, output_field=BooleanField())
    mine = mine.annotate(here=ExpressionWrapper(here, output_field=BooleanField()))
    mine = mine.select_related("listing__companion__user").order_by("-here", "-created_at", "-pk")
    page = Paginator(mine, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "listings/favourites.html", {"page": page})


@require_POST
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    """The heart: on=1 keeps, anything else lets go, so that a second click changes nothing."""
    if not request.user.is_authenticated:
        return _sign_in_first(request, pk)
    if request.POST.get("on") == "1":
        services.keep(by=request.user, listing=_shown(request, pk))
    else:
        services.let_go(by=request.user, listing_id=pk)
    return _part_or_back(request, pk, "listings/_heart.html")


@require_POST
def watch(request: HttpRequest, pk: int) -> HttpResponse:
    """on=1: tell me when she is free; anything else takes it back, whatever became of her listing."""
    if not request.user.is_authenticated:
        return _sign_in_first(request, pk)
    if request.POST.get("on") == "1":
        services.watch(by=request.user, companion=_shown(request, pk).companion)
    else:
        for companion_id in Listing.objects.filter(pk=pk).values_list("companion", flat=True):
            services.unwatch(by=request.user, companion_id=companion_id)
    return _part_or_back(request, pk, "listings/_watch.html")


@never_cache
@login_required
@require_safe
def watches(request: HttpRequest) -> HttpResponse:
    mine = Watch.objects.waiting().filter(user=request.user).select_related("companion").order_by("-created_at", "-pk")
    apart = accounts.blocked_with(request.user)
    return render(request, "listings/watches.html", {"watches": mine.exclude(companion__user__in=apart)})


@login_required
@require_POST
def drop_watch(request: HttpRequest, pk: int) -> HttpResponse:
    watch = get_object_or_404(Watch, pk=pk, user=request.user)
    services.unwatch(by=request.user, companion_id=watch.companion_id)
    messages.success(request, _("Taken back. You will not be told."))
    return redirect("listings:watches")


@login_required
@require_POST
def notice_seen(request: HttpRequest, pk: int) -> HttpResponse:
    """Puts the notice away; go=1 then leads to where she can be booked."""
    watch = get_object_or_404(Watch.objects.select_related("companion"), pk=pk, user=request.user)
    services.notice_seen(by=request.user, watch_id=pk)
    if request.POST.get("go") != "1":
        return redirect(came_from(request))
    return redirect(services.bookable_listing(watch.companion) or "listings:browse")


@login_required
@require_POST
def block(request: HttpRequest, pk: int) -> HttpResponse:
    companion = _shown(request, pk).companion
    if companion.user_id == request.user.pk:
        return redirect("listings:detail", pk)
    accounts.block(by=request.user, other=companion.user, known_as=companion.display_name)
    messages.success(request, _("Blocked. You two can no longer find, book or write to each other."))
    return redirect("accounts:blocks")


def _shown(request: HttpRequest, pk: int) -> Listing:
    return get_object_or_404(_all_shown(request), pk=pk)


def _all_shown(request: HttpRequest) -> QuerySet[Listing]:
    return Listing.objects.published().visible_to(request.user).select_related("companion__user")


def _part_or_back(request: HttpRequest, pk: int, part: str) -> HttpResponse:
    """For htmx the part as it is now: nothing, when there is nothing to keep or to wait for any more."""
    if not request.htmx:
        return redirect(came_from(request))
    listing = _all_shown(request).filter(pk=pk).first()
    if listing is None:
        return HttpResponse()
    return render(request, part, {"listing": listing, "worded": request.POST.get("worded") == "1"})


def _sign_in_first(request: HttpRequest, pk: int) -> HttpResponse:
    """And back to her page: what was posted here cannot be asked for again as a link."""
    answer = redirect_to_login(reverse("listings:detail", args=[pk]))
    return HttpResponseClientRedirect(answer.url) if request.htmx else answer
