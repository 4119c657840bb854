from collections.abc import Collection

from django.db.models.functions import Now

from accounts.models import User
from listings.errors import NoProfile, NothingToOffer
from listings.models import Companion, Listing, State


def set_accepting(*, by: User, on: bool) -> None:
    """Turn the companion's own switch. Raises NoProfile, NothingToOffer (on without a published listing)."""
    if on and not Listing.objects.filter(companion__user=by, status=State.PUBLISHED).exists():
        raise NothingToOffer
    if not Companion.objects.filter(user=by).update(accepting=on):
        raise NoProfile


def seen(user_ids: Collection[int]) -> int:
    """A socket of each of these users lives now, by the database's clock. Returns how many are companions."""
    return Companion.objects.filter(user_id__in=user_ids).update(seen_at=Now())
