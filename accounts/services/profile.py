from accounts.models import User


def update_profile(*, by: User, display_name: str, language: str) -> User:
    """Change one's own name and language. Lengths and choices are those of `User`."""
    by.display_name, by.language = display_name, language
    by.save(update_fields=["display_name", "language"])
    return by
