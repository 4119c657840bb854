"""The lines a companion keeps at hand: at most twenty, in her order, nobody else's."""

import re
from functools import partial
from urllib.parse import unquote, urlencode, urlsplit

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts.models import User
from chat.errors import TooManyQuickReplies
from chat.models import QuickReply
from chat.services import quick_replies as services
from tests.orders import live
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db
INDEX = reverse("chat:quick_replies")


def lines(user: User) -> list[str]:
    assert [reply.position for reply in services.quick_replies(user=user)] == list(
        range(1, QuickReply.objects.filter(user=user).count() + 1)
    )
    return [reply.text for reply in services.quick_replies(user=user)]


def keep(user: User, *texts: str) -> list[QuickReply]:
    return [services.add_quick_reply(by=user, text=text) for text in texts]


@pytest.fixture
def at_desk(client, companion):
    client.force_login(companion)
    return client


def test_she_adds_changes_and_deletes(at_desk, companion):
    for text in ("我在", "慢慢说", "后来呢"):
        at_desk.post(INDEX, {"text": text})
    _first, second, _third = services.quick_replies(user=companion)
    at_desk.post(reverse("chat:quick_reply_change", args=[second.pk]), {"text": "不急，慢慢说"})
    assert lines(companion) == ["我在", "不急，慢慢说", "后来呢"]
    at_desk.post(reverse("chat:quick_reply_delete", args=[second.pk]))
    assert lines(companion) == ["我在", "后来呢"]


@pytest.mark.parametrize(
    ("which", "up", "after"),
    [(0, "1", "abc"), (0, "0", "bac"), (1, "1", "bac"), (2, "1", "acb"), (2, "0", "abc")],
)
def test_a_line_changes_places_with_its_neighbour(at_desk, companion, which, up, after):
    reply = keep(companion, "a", "b", "c")[which]
    at_desk.post(reverse("chat:quick_reply_move", args=[reply.pk]), {"up": up})
    assert lines(companion) == list(after)


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "长" * 201])
def test_an_empty_or_endless_line_is_not_kept_and_the_form_says_why(at_desk, companion, text):
    answer = at_desk.post(INDEX, {"text": text})
    assert answer.status_code == 200 and answer.context["form"].errors["text"]
    assert lines(companion) == []


def test_twenty_fit_and_one_more_is_refused_kindly(at_desk, companion):
    keep(companion, *map(str, range(20)))
    answer = at_desk.post(INDEX, {"text": "one more"}, follow=True)
    assert str(TooManyQuickReplies.message) in answer.content.decode()
    assert len(lines(companion)) == 20


def test_the_database_itself_keeps_no_21st(companion):
    with pytest.raises(IntegrityError), transaction.atomic():
        QuickReply.objects.create(user=companion, position=21, text="一")


@pytest.mark.django_db(transaction=True)
def test_twenty_stay_twenty_when_many_come_at_once(companion):
    keep(companion, *map(str, range(18)))
    results = at_once(*(partial(services.add_quick_reply, by=companion, text=f"new {n}") for n in range(6)))
    assert {type(error) for error in failures(results)} == {TooManyQuickReplies}
    assert len(lines(companion)) == 20


@pytest.mark.django_db(transaction=True)
def test_two_that_delete_and_move_at_once_leave_no_gap(companion):
    replies = keep(companion, *"abcdef")
    results = at_once(
        *(partial(services.delete_quick_reply, reply=reply, by=companion) for reply in replies[1:3]),
        *(partial(services.move_quick_reply, reply=reply, by=companion, up=True) for reply in replies[3:5]),
    )
    assert failures(results) == []
    assert sorted(lines(companion)) == list("adef")


def test_the_starters_are_offered_and_only_taken_by_the_button(at_desk, companion):
    page = at_desk.get(INDEX).content.decode()
    assert lines(companion) == []
    assert reverse("chat:quick_reply_starters") in page
    for _ in range(2):
        at_desk.post(reverse("chat:quick_reply_starters"))
    assert lines(companion) == [str(text) for text in services.STARTERS]


@pytest.mark.parametrize("name", ["change", "delete", "move"])
def test_another_ones_line_is_not_there(at_desk, companion, other_listing, name):
    other = other_listing.companion.user
    [reply, _next] = keep(other, "hers", "too")
    answer = at_desk.post(reverse(f"chat:quick_reply_{name}", args=[reply.pk]), {"text": "mine", "up": "0"})
    assert (answer.status_code, lines(other)) == (404, ["hers", "too"])


def test_who_is_no_companion_is_asked_to_become_one(client, client_user):
    client.force_login(client_user)
    assert client.get(INDEX)["Location"] == reverse("listings:profile")
    client.post(reverse("chat:quick_reply_starters"))
    assert lines(client_user) == []


def test_nobody_signed_in_is_asked_who_he_is(client):
    assert client.get(INDEX)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_the_same_number_of_questions(at_desk, companion, rows, django_assert_num_queries):
    keep(companion, *map(str, range(rows)))
    with django_assert_num_queries(7):
        at_desk.get(INDEX)


def test_in_the_chat_they_are_hers_alone(client, client_user, companion, listing):
    keep(companion, "<b>我在</b>")
    booking = live(client_user, listing)
    pages = {}
    for user in (client_user, companion):
        client.force_login(user)
        pages[user] = client.get(reverse("chat:room", args=[booking.pk])).content.decode()
    assert "data-reply>&lt;b&gt;我在&lt;/b&gt;</button>" in pages[companion]
    assert "data-reply" not in pages[client_user]


def test_a_list_that_is_emptied_stays_in_order_with_constraints_deferred(companion):
    for reply in keep(companion, *"abc"):
        services.delete_quick_reply(reply=reply, by=companion)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert lines(companion) == []


class TestFromATalk:
    BACK = "/chat/5f0c0000-0000-4000-8000-000000000000/"

    def page(self, at_desk, address: str) -> str:
        answer = at_desk.get(address)
        assert answer.status_code == 200
        return answer.content.decode()

    def test_whatever_she_does_the_way_back_stays(self, at_desk, companion):
        here = f"{INDEX}?next={self.BACK}"
        for _step in range(4):
            html = self.page(at_desk, here)
            assert f'href="{self.BACK}"' in html and reverse("bookings:workbench") + '">' not in html.split("<main")[1]
            for address in set(re.findall(r'(?:action|href)="(/chat/quick-replies/[^"]*)"', html)):
                assert unquote(urlsplit(address).query) == f"next={self.BACK}"
            here = self.done(at_desk, html)

    def done(self, at_desk, html: str) -> str:
        """Sends the first of her forms and returns where that leads."""
        [action, *_] = re.findall(r'action="(/chat/quick-replies/[^"]*)"', html)
        return at_desk.post(action, {"text": "我在", "up": "0"})["Location"]

    @pytest.mark.parametrize("elsewhere", ["https://evil.example/chat/", "//evil.example", "javascript:alert(1)", ""])
    def test_it_leads_nowhere_but_to_a_page_of_ours(self, at_desk, companion, elsewhere):
        here = f"{INDEX}?{urlencode({'next': elsewhere})}"
        shown = self.page(at_desk, here).split("<main")[1].split("</main")[0]
        assert "evil" not in shown and "alert(1)" not in shown
        assert f'href="{reverse("bookings:workbench")}"' in shown
        assert at_desk.post(here, {"text": "我在"})["Location"] == INDEX
