"""What the pages of others need to show reviews: a listing's, an order's, a client's."""

from typing import Any

from django import template

from bookings.forms import ReviewForm
from bookings.models import Booking, Review
from bookings.models.review import STARS
from bookings.pages import reviews as pages
from listings.models import Listing

register = template.Library()


@register.simple_tag(takes_context=True)
def review_box(context: template.Context, booking: Booking) -> dict[str, Any]:
    """The reviews of this order, as the reader may see them."""
    return pages.review_box(booking, context["user"])


@register.simple_tag
def review_form() -> ReviewForm:
    """An empty one."""
    return ReviewForm()


@register.simple_tag
def reviews_of(listing: Listing) -> dict[str, Any]:
    """The newest reviews of the listing, and how the stars are spread."""
    return pages.listing_reviews(listing, most=pages.ON_LISTING)


@register.simple_tag
def said_of_client(user_id: int) -> dict[str, Any]:
    """What companions say of this client: average and count."""
    return pages.said_of_client(user_id)


@register.simple_tag(takes_context=True)
def may_report(context: template.Context, review: Review) -> bool:
    return pages.may_report(review, context["user"])


@register.filter
def veiled(name: str) -> str:
    """The first letter of a name, for readers who need not know whose it is: 林小姐 → 林**."""
    return f"{name[:1]}**"


@register.filter
def star_steps(stars: int) -> list[bool]:
    """Five steps, lit up to `stars`."""
    return [step <= stars for step in STARS]
