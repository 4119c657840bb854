"""A socket lives no longer than the right to it: signing out and being suspended close it."""

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client

from accounts.models import User
from tests.chat.client import Page

pytestmark = pytest.mark.django_db(transaction=True)


def suspend(user: User) -> None:
    user.is_active = False
    user.save(update_fields=["is_active"])


def sign_out(session_key: str) -> None:
    browser = Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = session_key
    browser.logout()


async def test_a_suspended_user_is_shown_out_of_all_pages(server, client_user, stranger):
    async with Page(server, client_user) as one, Page(server, client_user) as two, Page(server, stranger) as other:
        for page in (one, two, other):
            await page.hello()
        await sync_to_async(suspend)(client_user)
        assert [await one.closed(), await two.closed()] == [4503, 4503]
        await other.say(t="ping")
        await other.hear("pong")


async def test_signing_out_closes_the_pages_of_that_session_only(server, client_user):
    async with Page(server, client_user) as here, Page(server, client_user) as elsewhere:
        await here.hello()
        await elsewhere.hello()
        await sync_to_async(sign_out)(here.session_key)
        assert await here.closed() == 4501
        await elsewhere.say(t="ping")
        await elsewhere.hear("pong")


async def test_hello_asks_again_who_is_there(server, client_user):
    async with Page(server, client_user) as page:
        await User.objects.filter(pk=client_user.pk).aupdate(is_active=False)
        await page.say(t="hello", v=1, resume=[])
        assert await page.closed() == 4503


async def test_who_is_suspended_and_comes_back_is_told_so_too(server, client_user):
    await User.objects.filter(pk=client_user.pk).aupdate(is_active=False)
    async with Page(server, client_user) as page:
        assert await page.closed() == 4503
