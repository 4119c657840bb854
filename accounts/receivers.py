from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from accounts import services
from accounts.models import User
from common.login import SECOND_STEP


@receiver(authenticator_added)
def has_just_shown_it(request: HttpRequest, user: User, authenticator: Authenticator, **_kwargs: Any) -> None:
    """Who sets up an authenticator shows a code of it then, and is not asked for another one at once."""
    if authenticator.type == Authenticator.Type.TOTP:
        record_authentication(request, user, SECOND_STEP, id=authenticator.pk, type=authenticator.type)


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def tell_its_owner(signal: Signal, user: User, authenticator: Authenticator, **_kwargs: Any) -> None:
    # Recovery codes come and go with the authenticator.
    if authenticator.type == Authenticator.Type.TOTP or signal is authenticator_reset:
        services.tell_of_second_step(to=user)
