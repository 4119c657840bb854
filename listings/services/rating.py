"""The stars shown on a listing: counted when a review of it appears, given back when it is removed."""

from django.db.models import F

from listings.models import Listing


def record_review(*, listing_id: int, stars: int) -> None:
    """One more review of 1 to 5 stars stands on the listing."""
    rated = Listing.objects.filter(pk=listing_id)
    rated.update(rating_sum=F("rating_sum") + stars, rating_count=F("rating_count") + 1)


def take_back_review(*, listing_id: int, stars: int) -> None:
    """One of the reviews that count no longer stands there."""
    rated = Listing.objects.filter(pk=listing_id)
    rated.update(rating_sum=F("rating_sum") - stars, rating_count=F("rating_count") - 1)
