from accounts.models import User


def one_at_a_time(user: User) -> None:
    """What this user does from two tabs happens one after the other, until the transaction ends."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def update_profile(*, by: User, display_name: str, language: str) -> User:
    """Change one's own name and language. Lengths and choices are those of `User`."""
    by.display_name, by.language, by.language_chosen = display_name, language, True
    by.save(update_fields=["display_name", "language", "language_chosen"])
    return by
