from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from listings.forms import BrowseForm
from listings.models import Listing

PAGE_SIZE = 18


@require_safe
@vary_on_headers("HX-Request")
def browse(request: HttpRequest) -> HttpResponse:
    form = BrowseForm(request.GET, cities=Listing.objects.cities())
    form.is_valid()
    found = Listing.objects.browse(**form.filters())
    context = {"form": form, "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))}
    return render(request, "listings/_results.html" if request.htmx else "listings/browse.html", context)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    shown = Listing.objects.visible_to(request.user).select_related("companion__user")
    listing = get_object_or_404(shown, pk=pk)
    if listing.approved_at is None:
        return redirect("listings:preview", pk)
    own = listing.companion.user_id == request.user.pk
    return render(request, "listings/detail.html", {"listing": listing, "text": listing, "own": own})
