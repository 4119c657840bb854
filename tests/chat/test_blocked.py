"""A block closes the chat of the two at once, also for those who have it open."""

import pytest
from asgiref.sync import sync_to_async

from accounts import services as accounts
from chat.models import Conversation, Message
from tests.chat.client import Page
from tests.orders import live

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("who_blocks", ["client", "companion"])
async def test_after_a_block_neither_writes_to_the_other(server, client_user, listing, who_blocks):
    booking = await sync_to_async(live)(client_user, listing)
    companion = await sync_to_async(lambda: booking.companion)()
    conv = (await Conversation.objects.aget(booking=booking)).pk
    by, other = (client_user, companion) if who_blocks == "client" else (companion, client_user)
    async with Page(server, by) as hers, Page(server, other) as theirs:
        for page in (hers, theirs):
            await page.hello()
        await sync_to_async(accounts.block)(by=by, other=other)
        told = await theirs.hear("booking")
        assert told["booking"]["state"] == "ended"
        assert "block" not in str(theirs.inbox)
        for page in (hers, theirs):
            cmid = await page.send(conv, "还有一句")
            assert (await page.hear("error", ref=cmid))["code"] == "session_closed"
    assert not await Message.objects.filter(kind=Message.Kind.TEXT).aexists()
