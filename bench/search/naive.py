"""The plain design, for comparison: ILIKE over every text column, a count of its own for each choice, OFFSET.

It is the queryset the browse page began with, given the same filters, counts, sorts and templates.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Count, ExpressionWrapper, F, FloatField, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from listings.browse import BrowseForm, chips, choices
from listings.models import Listing
from listings.models.companion import online_now
from listings.search import Filters, Found
from listings.search.counts import REPLY_S, STARS_PM
from listings.search.facets import FACETS, TOPICS_SHOWN, Facets
from listings.search.filters import active
from listings.search.sorts import PAGE_SIZE

SEARCHED = ("headline", "topic_words", "city", "district", "hospital", "venue_area", "companion__display_name")
STARS = F("rating_sum") * 1000 / NullIf(F("rating_count"), 0)
LIKED = ExpressionWrapper((F("rating_sum") + 20) / (F("rating_count") + Value(5.0)), output_field=FloatField())
ORDERS = {
    "recommended": ("-here", "-liked", "-approved_at", "-pk"),
    "price": ("price_fen", "-here", "-pk"),
    "reply": (F("median_reply_ms").asc(nulls_last=True), "-pk"),
    "rating": ("-liked", "-pk"),
    "newest": ("-approved_at", "-pk"),
}
CONDITIONS: dict[str, Callable[[Any], Q]] = {
    "kind": lambda value: Q(kind=value),
    "online": lambda _on: online_now("companion__"),
    "price_min": lambda value: Q(price_fen__gte=value),
    "price_max": lambda value: Q(price_fen__lte=value),
    "city": lambda value: Q(city=value) | Q(city="", companion__city=value),
    "hospital": lambda value: Q(hospital=value),
    "language": lambda value: Q(companion__languages__contains=[value]),
    "topic": lambda value: Q(topics__contains=[value]),
    "gender": lambda value: Q(companion__gender=value),
    "rating": lambda value: Q(stars__gte=value),
    "reply": lambda value: Q(median_reply_ms__lte=value * 1000),
}


def browse(request: HttpRequest) -> HttpResponse:
    form = BrowseForm(request.GET)
    form.is_valid()
    filters = form.filters()
    page = max(int(request.GET.get("page", 1)), 1)
    rows = in_order(matching(filters), form.sorted_by)[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    found = Found(list(rows), facets(filters), next=str(page + 1))
    context = {"form": form, "found": found, "chips": chips(form, request.GET), "choices": choices(form, found.facets)}
    return render(request, "listings/_results.html" if request.htmx else "listings/browse.html", context)


def matching(filters: Filters, but: str = "") -> QuerySet[Listing]:
    found = Listing.objects.published().select_related("companion").annotate(stars=STARS, topic_words=_topic_words())
    for name, value in active(filters).items():
        if name.removesuffix("_min").removesuffix("_max") != but:
            found = found.filter(CONDITIONS[name](value))
    for word in (filters.get("words") or "").split()[:5]:
        anywhere = Q()
        for name in SEARCHED:
            anywhere |= Q(**{f"{name}__icontains": word})
        found = found.filter(anywhere)
    return found


def in_order(found: QuerySet[Listing], sort: str) -> QuerySet[Listing]:
    return found.annotate(here=Coalesce(online_now("companion__"), False), liked=LIKED).order_by(*ORDERS[sort])


def facets(filters: Filters) -> Facets:
    by_name = {name: _counted(name, matching(filters, name)) for name in FACETS}
    there = matching(filters, "hospital").exclude(hospital="")
    by_name["hospital"] = _counted("hospital", there) if filters.get("city") else {}
    return Facets(matching(filters).count(), by_name, {})


def _counted(name: str, found: QuerySet[Listing]) -> dict[Any, int]:
    if name == "rating":
        return {least: found.filter(stars__gte=least).count() for least in STARS_PM}
    if name == "reply":
        return {most: found.filter(median_reply_ms__lte=most * 1000).count() for most in REPLY_S}
    if name == "online":
        return {True: found.filter(online_now("companion__")).count()}
    values = {
        "kind": F("kind"),
        "gender": F("companion__gender"),
        "city": Coalesce(NullIf(F("city"), Value("")), F("companion__city")),
        "hospital": F("hospital"),
        "language": Func(F("companion__languages"), function="unnest", output_field=TextField()),
        "topic": Func(F("topics"), function="unnest", output_field=TextField()),
    }
    rows = found.annotate(value=values[name]).values_list("value").annotate(count=Count("pk")).order_by("-count")
    return dict(rows[:TOPICS_SHOWN] if name == "topic" else rows)


def _topic_words() -> Func:
    return Func(F("topics"), Value(" "), function="array_to_string", output_field=TextField())
