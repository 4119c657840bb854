from collections.abc import Collection
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.services import blocked_with
from listings.browse import BrowseForm, Chip, chips, choices, dropped, label, replaced
from listings.models import Listing
from listings.search import Found, find
from listings.search.nearest import in_the_way, meant
from listings.search.sayings import is_in_need
from listings.services import rests_until


@require_safe
@vary_on_headers("HX-Request")
def browse(request: HttpRequest) -> HttpResponse:
    form = BrowseForm(request.GET)
    form.is_valid()
    apart = blocked_with(request.user)
    found = find(form.filters(), sort=form.sorted_by, page_after=request.GET.get("after", ""), without=apart)
    context = {"form": form, "found": found, "chips": chips(form, request.GET), "choices": choices(form, found.facets)}
    context["in_need"] = is_in_need(request.GET.get("q", ""))
    if not found.listings:
        context["nearest"] = _nearest(request, form, found, apart)
    return render(request, "listings/_results.html" if request.htmx else "listings/browse.html", context)


@dataclass(frozen=True, slots=True)
class Nearest:
    """`without`: each with how many there would be; `meant`: other words."""

    without: list[tuple[Chip, int]]
    meant: list[Chip]


def _nearest(request: HttpRequest, form: BrowseForm, found: Found, apart: Collection[int]) -> Nearest:
    drops = [
        (Chip(label(form, name), dropped(request.GET, name)), count) for name, count in in_the_way(found.facets.without)
    ]
    terms = meant(found.query, form.filters(), without=apart) if found.unknown else []
    return Nearest(drops, [Chip(term, replaced(request.GET, term)) for term in terms])


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    shown = Listing.objects.visible_to(request.user).select_related("companion__user")
    listing = get_object_or_404(shown, pk=pk)
    if listing.approved_at is None:
        return redirect("listings:preview", pk)
    listing.companion.rests_until = rests_until(listing.companion)
    own = listing.companion.user_id == request.user.pk
    return render(request, "listings/detail.html", {"listing": listing, "text": listing, "own": own})
