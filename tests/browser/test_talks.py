"""Two who talk, on their phones: a picture sent and seen, what is new in which talk, and a line from long ago."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from bookings.models import Booking
from chat.models import Attachment, Conversation, Message
from tests.browser.steps import heard_by, hears, say
from tests.browser.test_pages import look_at
from tests.cast import a_user
from tests.chat.saying import said
from tests.waiting import until

WIDE = (900, 600)
# Whether a canvas shows it, as far as a lossy form keeps a colour.
IS_TEAL = """(canvas) => {
    const [red, green, blue, seen] = canvas.getContext("2d").getImageData(72, 72, 1, 1).data;
    return seen === 255 && red < 24 && Math.abs(green - 128) < 12 && Math.abs(blue - 128) < 12;
}"""


def a_file(size: tuple[int, int] = WIDE, form: str = "JPEG", name: str = "cat.jpg") -> dict:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form)
    return {"name": name, "mimeType": "image/jpeg", "buffer": out.getvalue()}


@pytest.fixture
def his(phone, booking) -> Page:
    return in_the_room(phone(booking.client), booking)


@pytest.fixture
def hers(phone, booking) -> Page:
    return in_the_room(phone(booking.companion), booking)


def in_the_room(page: Page, booking: Booking) -> Page:
    page.goto(f"/chat/{booking.pk}/")
    expect(page.get_by_role("textbox", name="消息")).to_be_visible()
    return page


def choose(page: Page, *files: dict) -> None:
    page.locator("#picture-file").set_input_files(files or [a_file()])


def tray(page: Page) -> Locator:
    return page.get_by_role("list", name="要发的图片")


def send(page: Page) -> None:
    page.get_by_role("button", name="发送", exact=True).click()


def picture(page: Page) -> Locator:
    return page.get_by_role("log").get_by_role("img", name="图片")


def is_drawn(image: Locator, width: int) -> None:
    until(lambda: image.evaluate("image => image.naturalWidth") == width, seconds=20, what="the picture")


def read_elsewhere(page: Page, talk: Conversation) -> None:
    """On another page of the same person's."""
    talk.refresh_from_db()
    page.evaluate(
        """([conv, seq]) => {
            const other = new WebSocket(location.origin.replace("http", "ws") + "/ws/");
            other.onopen = () => other.send(JSON.stringify({ t: "hello", v: 1, resume: [{ conv, last_seq: seq }] }));
            other.onmessage = ({ data }) => JSON.parse(data).t === "welcome"
                && other.send(JSON.stringify({ t: "read", conv, seq }));
        }""",
        [talk.pk, talk.last_seq],
    )


def pictures_said() -> int:
    return Message.objects.filter(kind="image").count()


class TestAPicture:
    def test_is_sent_by_one_and_seen_large_by_the_other(self, his, hers):
        complaints = heard_by(his), heard_by(hers)
        choose(his)
        expect(tray(his)).to_contain_text("点发送就发出去")
        assert pictures_said() == 0
        assert look_at(his) == []
        send(his)
        expect(tray(his)).to_be_hidden()
        is_drawn(picture(his), 480)
        is_drawn(picture(hers), 480)
        assert picture(hers).evaluate("image => [image.width, image.height]") == [240, 160]
        picture(hers).click()
        large = hers.get_by_role("dialog", name="图片")
        is_drawn(large.get_by_role("img", name="图片"), 900)
        assert large.get_by_role("link", name="保存图片").get_attribute("download") is not None
        assert look_at(hers) == []
        hers.keyboard.press("Escape")
        expect(large).to_be_hidden()
        assert hers.evaluate("document.activeElement.matches('a[data-picture]')")
        assert complaints == ([], [])

    def test_several_and_words_in_one_go(self, his, hers):
        choose(his, a_file((300, 100)), a_file((100, 300)))
        expect(tray(his).get_by_text("传好了")).to_have_count(2)
        say(his, "看看这两张")
        hears(hers, "看看这两张")
        expect(picture(hers)).to_have_count(2)
        kinds = Message.objects.filter(sender__isnull=False, conversation__last_seq__gt=0).order_by("seq")
        assert list(kinds.values_list("kind", flat=True)) == ["image", "image", "text"]

    def test_is_taken_away_before_it_is_sent(self, his):
        choose(his)
        expect(tray(his)).to_contain_text("传好了")
        tray(his).get_by_role("button", name="不发这张").click()
        expect(tray(his)).to_be_hidden()
        say(his, "算了")
        hears(his, "算了")
        assert (pictures_said(), Attachment.objects.count()) == (0, 1)

    def test_what_is_no_picture_is_told_and_holds_up_nothing(self, his, hers):
        choose(his, {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"<svg></svg>"}, a_file())
        expect(tray(his).get_by_role("alert")).to_contain_text("没法当图片显示")
        expect(tray(his).get_by_role("button", name="重发")).to_have_count(0)
        expect(tray(his)).to_contain_text("传好了")
        send(his)
        expect(picture(hers)).to_have_count(1)

    @pytest.mark.parametrize("way", ["paste", "drop"])
    def test_is_pasted_or_dropped(self, his, way):
        his.evaluate(
            """async (way) => {
                const canvas = document.createElement("canvas");
                canvas.width = canvas.height = 90;
                const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
                const data = new DataTransfer();
                data.items.add(new File([blob], "shot.png", { type: "image/png" }));
                const text = document.querySelector("#composer textarea");
                const event = way === "paste"
                    ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
                    : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
                text.dispatchEvent(event);
            }""",
            way,
        )
        expect(tray(his)).to_contain_text("传好了")

    def test_without_a_network_it_waits_and_goes_up_by_itself(self, his, hers):
        his.context.set_offline(True)
        choose(his)
        expect(tray(his).get_by_role("alert")).to_contain_text("没传上去")
        expect(tray(his).get_by_role("button", name="重发")).to_be_visible()
        send(his)
        his.context.set_offline(False)
        expect(picture(hers)).to_have_count(1)
        expect(tray(his)).to_be_hidden()
        assert pictures_said() == 1

    def test_that_is_not_up_yet_has_the_browser_ask_before_the_page_goes(self, his):
        his.context.set_offline(True)
        choose(his)
        expect(tray(his).get_by_role("alert")).to_contain_text("没传上去")
        # Nobody is asked who has not touched the page.
        his.get_by_role("textbox", name="消息").click()
        with his.expect_event("dialog") as asked:
            his.close(run_before_unload=True)
        assert asked.value.type == "beforeunload"
        asked.value.dismiss()
        his.context.set_offline(False)
        expect(tray(his)).to_contain_text("传好了")
        with his.expect_event("close"):
            his.close(run_before_unload=True)

    def test_that_is_up_outlives_a_lost_line_and_a_reload(self, his, hers):
        choose(his)
        expect(tray(his)).to_contain_text("传好了")
        his.context.set_offline(True)
        send(his)
        expect(his.locator(".msg.picture.sending")).to_have_count(1)
        assert "picture" in his.evaluate("Object.values(sessionStorage).join()")
        his.context.set_offline(False)
        his.reload()
        expect(picture(hers)).to_have_count(1)
        expect(his.locator(".msg.picture.sending")).to_have_count(0)
        assert pictures_said() == 1

    def test_that_was_not_sent_yet_is_there_after_a_reload(self, his, hers):
        choose(his, a_file((900, 600)), a_file((100, 300)))
        expect(tray(his).get_by_text("传好了")).to_have_count(2)
        tray(his).get_by_role("button", name="不发这张").last.click()
        his.reload()
        expect(tray(his).get_by_text("传好了")).to_have_count(1)
        until(lambda: tray(his).locator("canvas").evaluate(IS_TEAL), what="its look")
        assert pictures_said() == 0
        send(his)
        is_drawn(picture(hers), 480)
        his.reload()
        expect(picture(his)).to_have_count(1)
        expect(tray(his)).to_be_hidden()
        assert pictures_said() == 1

    def test_that_is_no_more_is_not_offered_after_a_reload(self, his, hers):
        choose(his)
        expect(tray(his)).to_contain_text("传好了")
        Attachment.objects.all().delete()
        his.reload()
        expect(his.get_by_role("textbox", name="消息")).to_be_visible()
        expect(tray(his)).to_be_hidden()
        say(his, "那就不发了")
        hears(hers, "那就不发了")
        assert pictures_said() == 0

    def test_that_no_key_opens_says_so(self, his, hers):
        choose(his)
        expect(tray(his)).to_contain_text("传好了")
        Attachment.objects.update(preview=b"xxxx" * 20)
        send(his)
        expect(hers.locator(".msg.picture")).to_contain_text("这张图片无法显示")


class TestTheList:
    def test_follows_what_is_written(self, phone, his, booking, talk, listing):
        over = Conversation.objects.create(client=a_user("bai"), companion=talk.companion, booking=booking)
        said(over, over.client, "上次谢谢你")
        page = phone(booking.companion)
        complaints = heard_by(page)
        page.goto("/chat/")
        rows = page.get_by_role("main").get_by_role("listitem")
        expect(rows.first).to_contain_text("上次谢谢你")
        expect(page).to_have_title(re.compile(r"^\(1\) "))
        say(his, "你在吗？")
        expect(rows.first).to_contain_text("你在吗？")
        expect(rows.first).to_contain_text("1 条未读")
        expect(page).to_have_title(re.compile(r"^\(2\) "))
        expect(page.get_by_role("navigation", name="主导航").get_by_role("link", name="聊天")).to_contain_text("2")
        assert look_at(page) == []
        read_elsewhere(page, talk)
        expect(rows.first).not_to_contain_text("条未读")
        expect(page).to_have_title(re.compile(r"^\(1\) "))
        rows.first.get_by_role("link").click()
        expect(page).to_have_url(re.compile(f"/chat/{booking.pk}/"))
        assert complaints == []

    def test_a_line_from_long_ago_is_found_and_shown_in_its_place(self, phone, booking, talk):
        for number in range(260):
            said(talk, talk.client, "那天在西湖边" if number == 20 else f"第 {number} 句")
        page = phone(booking.companion)
        page.goto("/chat/")
        page.get_by_role("searchbox", name="在你的聊天里找").fill("西湖")
        page.keyboard.press("Enter")
        expect(page.locator("mark")).to_have_text("西湖")
        assert look_at(page) == []
        page.get_by_role("link", name="lin", exact=True).click()
        line = page.locator(".msg.found")
        expect(line).to_contain_text("那天在西湖边")
        expect(line).to_be_in_viewport()
        page.get_by_role("button", name="回到最新").click()
        expect(page.get_by_role("log").get_by_text("第 259 句")).to_be_in_viewport()

    def test_works_without_script_up_to_the_room(self, phone, booking, talk):
        said(talk, talk.client, "那天在西湖边")
        page = phone(booking.companion, java_script_enabled=False)
        page.goto("/chat/")
        page.get_by_role("searchbox").fill("西湖")
        page.get_by_role("button", name="搜索").click()
        page.get_by_role("link", name="lin", exact=True).click()
        expect(page).to_have_url(re.compile(rf"/chat/{booking.pk}/\?at=\d+"))
