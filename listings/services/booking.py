from accounts.models import User
from listings.errors import CompanionAway, ListingNotFound, NotBookableYet, OwnListing
from listings.models import Listing


def bookable_now(listing_id: int, by: User) -> Listing:
    """The published listing with its companion, for an order that starts now.

    Raises ListingNotFound, NotBookableYet (the kind is never "now"), OwnListing, CompanionAway.
    """
    listing = _published(listing_id, by)
    if not listing.policy.bookable_now:
        raise NotBookableYet
    if not listing.companion.is_online:
        raise CompanionAway
    return listing


def bookable_later(listing_id: int, by: User) -> Listing:
    """The published listing with its companion, for an appointment; whether she is free then is another question.

    Raises ListingNotFound, NotBookableYet, OwnListing.
    """
    listing = _published(listing_id, by)
    if not listing.policy.bookable_later:
        raise NotBookableYet
    return listing


def _published(listing_id: int, by: User) -> Listing:
    found = Listing.objects.published().visible_to(by).select_related("companion__user")
    listing = found.filter(pk=listing_id).first()
    if listing is None:
        raise ListingNotFound
    if listing.companion.user_id == by.pk:
        raise OwnListing
    return listing
