from django.core.management.base import CommandError

from accounts.models import User
from payments.groups import FINANCE


def somebody_of_finance(email: str) -> User:
    """Who answers for what a command books. Raises CommandError when nobody of finance has the address."""
    somebody = User.objects.filter(email__iexact=email, is_active=True, groups__name=FINANCE).first()
    if somebody is None:
        raise CommandError(f"Nobody of finance has the address {email}.")
    return somebody
