"""A picture of a talk: from a phone's file to the eyes of the other one, and to nobody else's."""

import io
import logging
from uuid import UUID, uuid4

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image

from bookings import services as bookings
from bookings.models import Booking
from chat.models import Attachment, Conversation, Message
from chat.services import pictures
from common.clock import database_now_ms
from tests.cast import a_listing, a_moderator
from tests.chat.client import Page
from tests.orders import accepted, settle
from tests.papers import a_photo, an_upload
from tests.rules import rule_dropped

pytestmark = pytest.mark.django_db(transaction=True)
ANOTHER_KEY = "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg="
JPEG_PLACE = b"SECRET-PLACE"


@pytest.fixture
def booking(client_user, listing) -> Booking:
    return accepted(client_user, listing)


@pytest.fixture
def talk(booking) -> Conversation:
    return Conversation.objects.select_related("client", "companion", "booking").get(booking=booking)


@pytest.fixture
def send(client, client_user, booking):
    client.force_login(client_user)
    return lambda upload, to=booking: client.post(reverse("chat:send_picture", args=[to.pk]), {"picture": upload})


def kept(talk: Conversation, by=None, size=(900, 600)) -> Attachment:
    return pictures.keep_picture(by=by or talk.client, conversation=talk, upload=a_photo(size))


def shown(client, picture: Attachment | UUID | str, name: str = "picture"):
    pk = getattr(picture, "pk", picture)
    return client.get(reverse(f"chat:{name}", args=[pk]), headers={"Accept": "image/*"})


def seen(answer) -> Image.Image:
    return Image.open(io.BytesIO(answer.content))


def bodies(talk: Conversation) -> list[UUID]:
    return list(Message.objects.filter(conversation=talk, kind="image").values_list("attachment_id", flat=True))


class TestSending:
    def test_large_and_small_are_kept_sealed(self, send, client):
        told = send(a_photo((4032, 3024))).json()
        picture = Attachment.objects.get(pk=told["id"])
        assert (told["width"], told["height"]) == (picture.width, picture.height) == (2048, 1536)
        sizes = [seen(shown(client, picture, name)).size for name in ("picture", "picture_preview")]
        assert sizes == [(2048, 1536), (480, 360)]
        assert not bytes(picture.image).startswith(b"RIFF") and b"WEBP" not in bytes(picture.preview)[:64]

    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
    def test_each_form_comes_out_as_webp(self, send, client, form):
        answer = shown(client, send(a_photo(form=form)).json()["id"])
        assert (answer["Content-Type"], seen(answer).format) == ("image/webp", "WEBP")

    def test_place_and_camera_are_gone_and_it_stands_upright(self, send, client):
        tags = Image.Exif()
        tags[0x0112], tags[0x010E] = 6, JPEG_PLACE.decode()
        told = send(a_photo((640, 400), exif=tags)).json()
        image = shown(client, told["id"])
        assert (told["width"], told["height"]) == seen(image).size == (400, 640)
        assert JPEG_PLACE not in image.content and not seen(image).getexif()

    def test_of_what_moves_the_first_picture_stays(self, send, client):
        out, frames = io.BytesIO(), [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
        frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
        image = seen(shown(client, send(an_upload(out.getvalue())).json()["id"]))
        assert getattr(image, "n_frames", 1) == 1
        assert image.convert("RGB").getpixel((9, 9))[0] > 200

    def test_what_can_be_seen_through_stands_on_white(self, send, client):
        out = io.BytesIO()
        Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(out, "PNG")
        image = seen(shown(client, send(an_upload(out.getvalue())).json()["id"]))
        assert min(image.convert("RGB").getpixel((9, 9))) > 250

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"%PDF-1.7\n1 0 obj",
            b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
            b"<!DOCTYPE html><script>alert(1)</script>",
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
            b"GIF89a\x01\x00\x01\x00",
            a_photo().read()[:300],
        ],
        ids=["nothing", "pdf", "svg", "html", "heic", "broken gif", "half a jpeg"],
    )
    def test_what_is_no_picture_is_refused_in_his_words(self, send, content):
        answer = send(an_upload(content, "photo.jpg"))
        assert answer.status_code in (400, 415) and answer.json()["code"] == "not_a_picture"
        assert "HEIC" in answer.json()["message"]
        assert Attachment.objects.count() == 0

    def test_a_picture_that_is_a_page_too_is_kept_without_the_page(self, send, client):
        page = b"<html><script>alert(document.cookie)</script></html>"
        told = send(an_upload(a_photo().read() + page)).json()
        assert page not in shown(client, told["id"]).content

    @pytest.mark.parametrize(
        "content",
        [b"\xff" * (10 * 2**20 + 1), a_photo((8001, 5000)).read()],
        ids=["bytes", "pixels"],
    )
    def test_too_large_a_one_is_refused(self, send, content):
        answer = send(an_upload(content))
        assert (answer.status_code, answer.json()["code"]) == (413, "picture_too_large")

    def test_no_more_than_thirty_an_hour(self, send, talk, monkeypatch):
        monkeypatch.setattr(pictures, "MOST_AN_HOUR", 2)
        first = kept(talk)
        Attachment.objects.filter(pk=first.pk).update(at_ms=database_now_ms() - pictures.HOUR_MS + 60_000)
        kept(talk)
        answer = send(a_photo())
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_pictures")
        assert 50 <= int(answer["Retry-After"]) <= 60
        Attachment.objects.filter(pk=first.pk).update(at_ms=database_now_ms() - pictures.HOUR_MS)
        assert send(a_photo()).status_code == 200

    def test_when_the_talk_is_over_no_more(self, send, booking):
        bookings.cancel(booking=booking, by=booking.client)
        answer = send(a_photo())
        assert (answer.status_code, answer.json()["code"]) == (409, "session_closed")

    def test_nor_in_the_very_second_it_ends_though_nobody_has_noticed_yet(self, send, booking, talk):
        Booking.objects.filter(pk=booking.pk).update(due_ms=database_now_ms() - 1)
        assert send(a_photo()).json()["code"] == "session_closed"
        talk.refresh_from_db()
        assert talk.gate

    def test_who_is_not_one_of_the_two_finds_no_talk(self, send, client, booking, stranger, moderator):
        for user in (stranger, moderator):
            client.force_login(user)
            assert send(a_photo()).status_code == 404
        assert Attachment.objects.count() == 0


class TestSeeing:
    @pytest.mark.parametrize("name", ["picture", "picture_preview"])
    def test_nobody_but_the_two(self, client, talk, booking, stranger, name):
        picture = kept(talk)
        Message.objects.create(
            conversation=talk, seq=9, sender=talk.client, cmid=uuid4(), kind="image", attachment=picture,
            booking=booking, at_ms=1,
        )  # fmt: skip
        seen_by = {}
        for user in (talk.client, talk.companion, stranger, a_moderator("mo")):
            client.force_login(user)
            seen_by[user] = shown(client, picture, name).status_code
        assert list(seen_by.values()) == [200, 200, 404, 404]
        client.logout()
        assert shown(client, picture, name).status_code == 302

    def test_before_it_is_sent_only_who_chose_it(self, client, talk):
        picture = kept(talk)
        client.force_login(talk.companion)
        assert shown(client, picture).status_code == 404

    def test_a_browser_may_show_it_and_nothing_else(self, client, talk):
        client.force_login(talk.client)
        answer = shown(client, kept(talk))
        assert "sandbox" in answer["Content-Security-Policy"] and "script" not in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"].startswith("private, max-age=") and "immutable" in answer["Cache-Control"]
        assert answer["Content-Disposition"].startswith("inline; filename=")

    def test_with_its_key_lost_it_says_so_and_the_log_which(self, client, talk, caplog, settings):
        picture = kept(talk)
        name = bytes(picture.image)[:4].hex()
        settings.MESSAGE_KEYS = [ANOTHER_KEY]
        client.force_login(talk.client)
        with caplog.at_level(logging.ERROR, "chat.views.pictures"):
            answer = shown(client, picture)
        assert answer.status_code == 404 and answer["Content-Type"].startswith("text/plain")
        assert f"no key {name}" in caplog.text and str(picture.pk) in caplog.text

    def test_one_pictures_bytes_are_not_shown_as_anothers(self, client, talk):
        one, other = kept(talk), kept(talk)
        Attachment.objects.filter(pk=other.pk).update(image=one.image)
        client.force_login(talk.client)
        assert shown(client, other).status_code == 404


class TestForgetting:
    def test_after_a_day_what_was_not_sent_is_gone(self, talk, booking):
        sent, unsent = kept(talk), kept(talk)
        Message.objects.create(
            conversation=talk, seq=9, sender=talk.client, cmid=uuid4(), kind="image", attachment=sent,
            booking=booking, at_ms=1,
        )  # fmt: skip
        now = database_now_ms()
        assert pictures.forget_unsent(now_ms=now + pictures.UNSENT_MS - 60_000) == 0
        assert pictures.forget_unsent(now_ms=now + pictures.UNSENT_MS + 60_000) == 1
        assert set(Attachment.objects.all()) == {sent}
        assert not Attachment.objects.filter(pk=unsent.pk).exists()

    def test_the_clock_rings_for_it(self):
        assert {"task": "chat.tasks.forget_unsent", "schedule": 3600.0} in settings.CELERY_BEAT_SCHEDULE.values()


class TestRules:
    def message(self, talk, picture, sender, booking):
        fields = {"seq": talk.last_seq + 9, "cmid": uuid4(), "kind": "image", "attachment": picture}
        with transaction.atomic():
            Message.objects.create(conversation=talk, sender=sender, booking=booking, at_ms=1, **fields)

    def test_a_picture_is_its_senders_own(self, talk, booking):
        with pytest.raises(IntegrityError, match="message_shows_own_picture"):
            self.message(talk, kept(talk), talk.companion, booking)

    def test_and_of_its_own_talk(self, talk, booking):
        companion = a_listing("mei").companion.user
        other = Conversation.objects.create(client=talk.client, companion=companion, booking=booking, gate=True)
        with pytest.raises(IntegrityError, match="message_shows_own_picture"):
            self.message(talk, kept(other), talk.client, booking)

    def test_and_shown_once(self, talk, booking):
        picture = kept(talk)
        self.message(talk, picture, talk.client, booking)
        talk.last_seq += 1
        with pytest.raises(IntegrityError, match="message_attachment_once"):
            self.message(talk, picture, talk.client, booking)

    def test_without_the_rule_it_could_be_anybodys(self, talk, booking):
        with rule_dropped("chat_message", "message_shows_own_picture"):
            self.message(talk, kept(talk), talk.companion, booking)
            Message.objects.filter(kind="image").delete()

    @pytest.mark.parametrize("side", [0, 2049])
    def test_its_size_is_that_of_a_picture(self, talk, side):
        with pytest.raises(IntegrityError, match="attachment_has_size"):
            Attachment.objects.create(
                conversation=talk, uploader=talk.client, image=b"1", preview=b"1", width=side, height=9, at_ms=1
            )


class TestOnTheSocket:
    async def send(self, page: Page, conv: int, picture: Attachment, cmid: str | None = None) -> str:
        cmid = cmid or str(uuid4())
        await page.say(t="send", cmid=cmid, conv=conv, kind="image", attachment=str(picture.pk))
        return cmid

    async def test_it_comes_with_its_size_and_no_words(self, server, talk):
        picture = await sync_to_async(kept)(talk)
        async with Page(server, talk.client) as his, Page(server, talk.companion) as hers:
            await his.hello()
            await hers.hello(**{f"conv_{talk.pk}": 0})
            cmid = await self.send(his, talk.pk, picture)
            ack = await his.hear("ack", cmid=cmid)
            heard = await hers.hear("msg", cmid=cmid)
            await hers.say(t="sync", conv=talk.pk, after=ack["seq"] - 1)
            read = (await hers.hear("page"))["messages"][0]
        expected = {"id": str(picture.pk), "width": 900, "height": 600}
        for frame in (heard, read):
            assert (frame["kind"], frame["body"], frame["picture"]) == ("image", None, expected)

    async def test_the_same_once_more_is_the_same_message(self, server, talk):
        picture = await sync_to_async(kept)(talk)
        async with Page(server, talk.client) as page:
            await page.hello()
            cmid = await self.send(page, talk.pk, picture)
            first = await page.hear("ack", cmid=cmid)
            await self.send(page, talk.pk, picture, cmid)
            second = await page.hear("ack", cmid=cmid)
        assert (first["dup"], second["dup"], second["seq"]) == (False, True, first["seq"])
        assert await sync_to_async(bodies)(talk) == [picture.pk]

    async def test_a_second_message_does_not_show_it(self, server, talk):
        picture = await sync_to_async(kept)(talk)
        async with Page(server, talk.client) as page:
            await page.hello()
            await page.hear("ack", cmid=await self.send(page, talk.pk, picture))
            again = await self.send(page, talk.pk, picture)
            assert (await page.hear("error", ref=again))["code"] == "not_found"
            # Its neighbours do not suffer for it.
            await page.hear("ack", cmid=await page.send(talk.pk, "还有一句"))
        assert await sync_to_async(bodies)(talk) == [picture.pk]

    async def test_nobody_sends_what_another_uploaded(self, server, talk):
        picture = await sync_to_async(kept)(talk, talk.companion)
        async with Page(server, talk.client) as page:
            await page.hello()
            cmid = await self.send(page, talk.pk, picture)
            assert (await page.hear("error", ref=cmid))["code"] == "not_found"

    async def test_nor_what_belongs_to_another_talk(self, server, talk):
        other = await sync_to_async(self.another_talk)(talk)
        picture = await sync_to_async(kept)(other)
        async with Page(server, talk.client) as page:
            await page.hello()
            cmid = await self.send(page, talk.pk, picture)
            assert (await page.hear("error", ref=cmid))["code"] == "not_found"
        assert await sync_to_async(bodies)(talk) == []

    def another_talk(self, talk: Conversation) -> Conversation:
        """The same client's with somebody else, open as well."""
        booking = talk.booking
        bookings.cancel(booking=booking, by=talk.client)
        settle(booking)
        other = accepted(talk.client, a_listing("mei"))
        return Conversation.objects.select_related("client", "companion").get(booking=other)
