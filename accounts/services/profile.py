from collections.abc import Collection

from django.db import IntegrityError, transaction

from accounts.errors import GenderKept
from accounts.models import User
from common.database import broken_constraint


def one_at_a_time(user: User) -> None:
    """What this user does from two tabs happens one after the other, until the transaction ends."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def all_at_a_time(ids: Collection[int]) -> None:
    """The same of several, by their numbers: in this order, so that nobody waits for one who waits for him. Like the
    lock of one it comes before that of any pair or booking."""
    list(User.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))


def update_profile(*, by: User, display_name: str, language: str, gender: str | None = None) -> User:
    """Change one's own name, language and gender; without a gender it stays. Lengths and choices are those of `User`.

    Raises GenderKept while an appointment in person is open.
    """
    by.display_name, by.language, by.language_chosen = display_name, language, True
    by.gender = by.gender if gender is None else gender
    try:
        with transaction.atomic():
            by.save(update_fields=["display_name", "language", "language_chosen", "gender"])
    except IntegrityError as error:
        if broken_constraint(error) != "user_gender_kept":
            raise
        raise GenderKept from error
    return by
