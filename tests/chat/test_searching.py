"""Searching in one's own talks: what is found, in whose, how much at once; nobody is told what was looked for."""

import logging
import re

import pytest
from django.conf import settings

from chat.models import Conversation
from chat.pages.marking import marked
from chat.services import searching
from chat.services.searching import search
from common.logs import DiscreetFormatter
from tests.cast import a_moderator
from tests.chat.saying import said
from tests.chat.test_talks import conversation
from tests.orders import live

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def talk(client_user, listing) -> Conversation:
    booking = live(client_user, listing)
    return Conversation.objects.select_related("client", "companion").get(booking=booking)


def found(by, words: str, **where) -> list[str]:
    return [hit.text for hit in search(by=by, words=words, **where).hits]


def asked(client, user, **query):
    client.force_login(user)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client.get("/chat/", query)


def text_of(html: str) -> str:
    return " ".join(re.sub(r"</?mark>", "|", html).split())


class TestWhatIsFound:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("昨天又被领导骂了", "领导"),
            ("See you at CAFÉ Luna", "café"),
            ("See you at cafe\u0301 Luna", "CAFÉ"),
            ("ＷｅＣｈａｔ 见", "wechat"),
            ("straße 12", "STRASSE"),
            ("50% off_[x]", "% off_["),
        ],
    )
    def test_however_it_was_typed(self, talk, text, words):
        said(talk, talk.client, text)
        assert found(talk.client, words) == found(talk.companion, words) == [text]

    def test_the_newest_first_across_all_talks(self, client_user):
        talks = [conversation(client_user, name) for name in ("an", "bo")]
        for number in range(6):
            said(talks[number % 2], client_user, f"第{number}句", at_ms=1000 + number)
        assert found(client_user, "句") == [f"第{number}句" for number in reversed(range(6))]

    def test_nobody_elses(self, talk, stranger):
        said(talk, talk.client, "秘密")
        assert found(stranger, "秘密") == found(a_moderator("mo"), "秘密") == []

    def test_what_no_key_opens_is_passed_over(self, talk, settings):
        said(talk, talk.client, "旧的秘密")
        old = settings.MESSAGE_KEYS
        settings.MESSAGE_KEYS = ["eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg="]
        said(talk, talk.client, "新的秘密")
        assert found(talk.client, "秘密") == ["新的秘密"]
        settings.MESSAGE_KEYS = old


class TestHowMuch:
    def test_so_many_lines_are_opened_and_it_goes_on_from_there(self, talk, monkeypatch):
        monkeypatch.setattr(searching, "MOST_LOOKED_AT", 4)
        monkeypatch.setattr(searching, "BATCH", 3)
        for number in range(10):
            said(talk, talk.client, "针" if number == 1 else f"{number}", at_ms=1000 + number)
        first = search(by=talk.client, words="针")
        second = search(by=talk.client, words="针", before=first.further)
        third = search(by=talk.client, words="针", before=second.further)
        assert [bool(each.hits) for each in (first, second, third)] == [False, False, True]
        assert third.further is None

    def test_so_many_are_found_at_once_and_none_is_left_out_or_twice(self, client_user, monkeypatch):
        monkeypatch.setattr(searching, "MOST_FOUND", 3)
        talks = [conversation(client_user, name) for name in ("an", "bo")]
        for number in range(8):
            # Some at the same moment.
            said(talks[number % 2], client_user, f"第{number}句", at_ms=1000 + number // 3)
        texts, place = [], None
        while True:
            page = search(by=client_user, words="句", before=place)
            texts += [hit.text for hit in page.hits]
            if (place := page.further) is None:
                break
        assert sorted(texts) == [f"第{number}句" for number in range(8)]

    def test_it_takes_no_longer_than_it_may(self, talk, monkeypatch):
        monkeypatch.setattr(searching, "DEADLINE_MS", -1)
        monkeypatch.setattr(searching, "LOOK_AT_CLOCK_EACH", 2)
        for number in range(5):
            said(talk, talk.client, f"{number}", at_ms=1000 + number)
        page = search(by=talk.client, words="0")
        assert not page.hits and page.further
        assert page.further.at_ms == 1004

    def test_one_talk_more_is_one_question_more(self, client_user, django_assert_num_queries):
        for name in ("an", "bo"):
            said(conversation(client_user, name), client_user, "嗯")
        # Where they are, and what is in each: until the batch, and that there is nothing before it.
        with django_assert_num_queries(5):
            found(client_user, "没有")


class TestThePage:
    def test_shows_the_line_marked_who_and_where_it_is(self, client, talk):
        seq = said(talk, talk.companion, "我 <b>一直</b> 都在")
        html = asked(client, talk.client, q="一直").content.decode()
        assert "我 &lt;b&gt;|一直|&lt;/b&gt; 都在" in text_of(html)
        # What was looked for goes along where no server sees it.
        assert f'href="/chat/{talk.booking_id}/?at={seq}#find=%E4%B8%80%E7%9B%B4"' in html and "shanshan" in html

    def test_ones_own_are_said_to_be(self, client, talk):
        said(talk, talk.client, "我自己说的")
        assert "You: <bdi>我|自己|说的</bdi>" in text_of(asked(client, talk.client, q="自己").content.decode())

    def test_goes_further_back(self, client, talk, monkeypatch):
        monkeypatch.setattr(searching, "MOST_FOUND", 1)
        for number in range(2):
            said(talk, talk.client, f"第{number}句", at_ms=1000 + number)
        first = asked(client, talk.client, q="句").content.decode()
        [further] = re.findall(r'href="(\?[^"]*before=[^"]+)"', first)
        second = client.get(f"/chat/{further.replace('&amp;', '&')}").content.decode()
        assert "第1" in first and "第0" not in first and "第0" in second

    def test_nothing_found_is_said(self, client, talk):
        assert "Nothing was found" in asked(client, talk.client, q="没有").content.decode()

    @pytest.mark.parametrize("words", ["", "  ", "\u200b"])
    def test_without_words_it_is_the_list(self, client, talk, words):
        assert "Search in your talks" in asked(client, talk.client, q=words).content.decode()
        assert b"live-part" in asked(client, talk.client, q=words).content

    def test_the_address_is_carried_on_by_no_link(self, client, talk):
        assert asked(client, talk.client, q="秘密")["Referrer-Policy"] == "strict-origin"

    def test_who_has_to_sign_in_first_does_not_carry_it_along(self, client):
        assert client.get("/chat/?q=秘密")["Location"] == "/chat/"

    def test_nothing_of_it_is_logged(self, client, talk, caplog):
        said(talk, talk.client, "顶级机密")
        with caplog.at_level(logging.DEBUG):
            asked(client, talk.client, q="顶级机密")
        ours = [record for record in caplog.records if record.name != "django.db.backends"]
        assert not any("机密" in record.getMessage() for record in ours)

    def test_an_address_in_the_log_hides_it(self):
        line = '1.2.3.4 "GET /chat/?q=%E7%A7%98%E5%AF%86&before=1-2-3 HTTP/1.1" 200'
        record = logging.LogRecord("uvicorn.access", logging.INFO, "", 1, line, (), None)
        assert DiscreetFormatter("%(message)s").format(record) == '1.2.3.4 "GET /chat/?q=… HTTP/1.1" 200'

    def test_the_room_begins_before_the_line(self, client, talk):
        for number in range(150):
            said(talk, talk.client, f"{number}")
        client.force_login(talk.client)
        room = client.get(f"/chat/{talk.booking_id}/?at=40").context["room"]
        assert (room["at"], room["last_seq"]) == (40, 10)

    @pytest.mark.parametrize("at", ["", "0", "-1", "x", "99999", "9" * 40, "４０"])
    def test_a_line_that_is_not_there_is_not_asked_for(self, client, talk, at):
        client.force_login(talk.client)
        room = client.get(f"/chat/{talk.booking_id}/?at={at}").context["room"]
        assert (room["at"], room["last_seq"]) == (None, 0)


class TestMarking:
    def parts(self, text: str, words: str) -> str:
        return "".join(f"|{part.text}|" if part.marked else part.text for part in marked(text, words))

    @pytest.mark.parametrize(
        ("text", "words", "shown"),
        [
            ("我在我在", "在", "我|在|我|在|"),
            ("Cafe\u0301 CAFÉ", "é", "Caf|e\u0301| CAF|É|"),
            ("ﬁne", "f", "|ﬁ|ne"),
            ("ＡＢｃ", "bC", "Ａ|Ｂｃ|"),
            ("aaa", "aa", "|aa|a"),
            ("Maß", "s", "Ma|ß|"),
            ("⑪ 1", "1", "|⑪| |1|"),
        ],
    )
    def test_what_was_typed_is_shown_as_it_was_typed(self, text, words, shown):
        assert self.parts(text, words) == shown

    def test_of_a_long_line_what_stands_around(self):
        shown = self.parts("前" * 500 + "针" + "后" * 500, "针")
        assert shown == "…" + "前" * 8 + "|针|" + "后" * 18 + "…"
