"""Who is on the staff has shown a code of his authenticator, unless a story is about that."""

import time
from typing import Any

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.sessions.backends.base import SessionBase
from django.test import Client

from accounts.models import User
from common.login import SECOND_STEP

force_login = Client.force_login


def is_on_duty(user: User) -> bool:
    return user.is_staff or user.groups.exists()


def show(session: SessionBase, user: User) -> None:
    """A code of his authenticator; he gets one where he has none."""
    own = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    own = own or TOTP.activate(user, generate_totp_secret()).instance
    _note(session, user, {"method": SECOND_STEP, "id": own.pk})


def say_password_again(session: SessionBase, user: User) -> None:
    """As before each change of how one signs in."""
    _note(session, user, {"method": "password"})


def _note(session: SessionBase, user: User, record: dict[str, Any]) -> None:
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{**record, "at": time.time(), "reauthenticated": True}]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()


def staff_shows_it() -> None:
    """From now on, in this process, with `client.force_login`."""

    def and_shows(client: Client, user: User, *args: Any) -> None:
        force_login(client, user, *args)
        if is_on_duty(user):
            show(client.session, user)

    Client.force_login = and_shows


def by_password_alone(client: Client, user: User) -> None:
    force_login(client, user)
