from accounts.models import User
from listings.errors import CompanionAway, ListingNotFound, NotBookableYet, OwnListing
from listings.models import Listing


def bookable(listing_id: int, by: User) -> Listing:
    """The published listing with its companion, for an order that starts now.

    Raises ListingNotFound, NotBookableYet (the kind is never "now"), OwnListing, CompanionAway.
    """
    listing = Listing.objects.published().visible_to(by).select_related("companion__user").filter(pk=listing_id).first()
    if listing is None:
        raise ListingNotFound
    if not listing.policy.bookable_now:
        raise NotBookableYet
    if listing.companion.user_id == by.pk:
        raise OwnListing
    if not listing.companion.is_online:
        raise CompanionAway
    return listing
