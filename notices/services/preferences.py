from typing import Any

from accounts.models import User
from notices.models import Preference


def preference_of(user: User) -> Preference:
    """What he said, or the defaults in a row that is not saved."""
    return Preference.objects.filter(pk=user.pk).first() or Preference(user=user)


def prefer(*, by: User, **wishes: Any) -> None:
    """`wishes` are fields of Preference, checked by its form."""
    Preference.objects.update_or_create(user=by, defaults=wishes)
