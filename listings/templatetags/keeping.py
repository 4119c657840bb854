"""What hearts, bells and notices need to know about the person who looks. One query for a page, however many cards."""

from collections.abc import Sequence

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Context

from listings.models import Companion, Favourite, Listing, Watch

register = template.Library()


@register.simple_tag(takes_context=True)
def kept(context: Context, listing: Listing) -> bool:
    """Is the listing among the favourites of the one who looks?"""
    request: HttpRequest | None = context.get("request")
    return request is not None and listing.pk in _favourites_of(request)


@register.simple_tag(takes_context=True)
def waited_for(context: Context, companion: Companion) -> bool:
    """Does the one who looks wait to be told when she is free?"""
    user = context["request"].user
    return user.is_authenticated and Watch.objects.waiting().filter(user=user, companion=companion).exists()


@register.simple_tag(takes_context=True)
def here_now(context: Context) -> Sequence[Watch]:
    """Whom the one who looks waited for and who is here; nothing once it was put away."""
    user = context["request"].user
    return list(Watch.objects.to_show(user)) if user.is_authenticated else []


@register.filter
def absolute(path: str) -> str:
    """A path of ours as a whole address, for what is read outside the site."""
    return settings.SITE_URL + path


def _favourites_of(request: HttpRequest) -> set[int]:
    if not request.user.is_authenticated:
        return set()
    if not hasattr(request, "favourites"):
        request.favourites = set(Favourite.objects.filter(user=request.user).values_list("listing", flat=True))
    return request.favourites
