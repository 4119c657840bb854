"""Favourites and watches: what a person keeps, and takes back."""

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from accounts.services import one_at_a_time
from listings.errors import OwnListing, TooManyFavourites, TooManyWatches
from listings.models import Companion, Favourite, Listing, Watch
from listings.services.telling import forget

MOST_FAVOURITES = 200
MOST_WATCHES = 20


@transaction.atomic
def keep(*, by: User, listing: Listing) -> None:
    """Put a listing among one's favourites. Twice is once. Raises TooManyFavourites."""
    # Or two clicks would both see the last free place.
    one_at_a_time(by)
    mine = Favourite.objects.filter(user=by)
    if not mine.filter(listing=listing).exists():
        _check_room(mine, MOST_FAVOURITES, TooManyFavourites)
        Favourite.objects.create(user=by, listing=listing)


def let_go(*, by: User, listing_id: int) -> None:
    """Take a listing out of one's favourites, whatever became of it. Twice is once."""
    Favourite.objects.filter(user=by, listing=listing_id).delete()


@transaction.atomic
def watch(*, by: User, companion: Companion) -> None:
    """Be told once when she is here and free, within a week. Twice is once. Raises OwnListing, TooManyWatches."""
    if companion.user_id == by.pk:
        raise OwnListing
    # Or two clicks would both see the last free place.
    one_at_a_time(by)
    Watch.objects.over().filter(user=by).delete()
    waiting = Watch.objects.waiting().filter(user=by)
    if not waiting.filter(companion=companion).exists():
        _check_room(waiting, MOST_WATCHES, TooManyWatches)
        Watch.objects.create(user=by, companion=companion)


def unwatch(*, by: User, companion_id: int) -> None:
    """No longer be told, by page or by a mail that waits to be sent. Twice is once."""
    forget(user_id=by.pk, companion_id=companion_id)


def _check_room(mine: QuerySet, most: int, error: type[Exception]) -> None:
    if mine.count() >= most:
        raise error
