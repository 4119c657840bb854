"""Two who talk, and the phones that tell them."""

from collections.abc import Callable, Iterator

import pytest

from accounts.models import User
from bookings.models import Booking
from chat.models import Conversation
from notices.models import Mail, Notice, Preference
from tests.notices.push_service import Browser, PushService, running_push_service, signed_in
from tests.notices.talking import talk_of
from tests.orders import live


@pytest.fixture
def push_service(settings) -> Iterator[PushService]:
    settings.DEBUG = True
    settings.PUSH_SERVICES = ["127.0.0.1"]
    with running_push_service() as service:
        yield service


@pytest.fixture
def phone_of(push_service) -> Callable[[User], Browser]:
    """A phone that tells that person, signed in."""

    def take(user: User) -> Browser:
        browser = push_service.browser()
        signed_in(user, browser)
        return browser

    return take


@pytest.fixture
def order(client_user, listing) -> Booking:
    return live(client_user, listing)


@pytest.fixture
def talk(order) -> Conversation:
    """Of `client_user` and `companion`, running. That the order came is long settled."""
    Notice.objects.all().delete()
    return talk_of(order)


@pytest.fixture
def no_mail() -> Callable[[User], None]:
    def refuse(user: User) -> None:
        Preference.objects.create(user=user, mail_messages=Mail.NEVER, mail_orders=Mail.NEVER)

    return refuse
