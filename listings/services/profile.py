from typing import TypedDict, Unpack

from django.db import transaction

from accounts.models import User
from listings.models import Companion
from listings.services.shelving import index_words


class Profile(TypedDict):
    """Lengths and choices are those of `Companion`; `languages` holds 1 to 6 keys of `SpokenLanguage`."""

    display_name: str
    gender: str
    city: str
    languages: list[str]
    about: str


@transaction.atomic
def save_profile(*, by: User, **profile: Unpack[Profile]) -> Companion:
    """Become a companion, or change how one is shown."""
    companion, _created = Companion.objects.update_or_create(user=by, defaults=profile)
    index_words(companion=companion)
    return companion
