from allauth.account.models import EmailAddress

from accounts.models import User


def unconfirmed_address(user: User) -> str:
    """The address news goes to, as long as nobody has opened the link that was sent there; empty once somebody has."""
    waiting = EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=False)
    return user.email if waiting.exists() else ""
