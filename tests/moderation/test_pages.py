import re
from html import unescape

import pytest
from django.utils.html import escape

from listings import services as listings
from listings.models import Listing
from moderation import services as moderation
from moderation.errors import ReasonMissing
from moderation.models import Priority, ReviewCase
from tests.cast import a_companion, a_listing, a_moderator, a_text
from tests.papers import a_certificate, case_of, seen
from vetting import services as vetting

pytestmark = pytest.mark.django_db

QUEUE_QUERIES = 9
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def case(listing, companion) -> ReviewCase:
    listings.submit_listing(by=companion, listing=listing, text=a_text(headline="换了一句新的话", price_fen=3000))
    return ReviewCase.objects.get()


def page_of(case: ReviewCase) -> str:
    return f"/moderation/{case.pk}/"


@pytest.mark.parametrize("more", [0, 2], ids=["one row", "three rows"])
def test_the_queue_costs_the_same_however_long(client, case, moderator, more, django_assert_num_queries):
    for number in range(more):
        listings.submit_listing(by=a_companion(f"c{number}").user, text=a_text())
    client.force_login(moderator)
    client.get("/moderation/")
    with django_assert_num_queries(QUEUE_QUERIES):
        page = client.get("/moderation/")
    assert page.content.decode().count('class="cover"') == 1 + more


def test_the_queue_asks_for_itself_and_says_when_there_is_news(client, case, moderator):
    client.force_login(moderator)
    page = client.get("/moderation/").content.decode()
    asking = unescape(re.search(r'hx-get="([^"]+)"\s+hx-trigger="every 15s"', page)[1])
    as_htmx = {"HX-Request": "true"}
    assert client.get(asking, headers=as_htmx).status_code == 204
    listings.submit_listing(by=a_companion("nana").user, text=a_text())
    news = client.get(asking, headers=as_htmx).content.decode()
    assert news.count('class="cover"') == 2 and "<html" not in news


def test_a_case_shows_before_and_after(client, case, moderator, listing):
    client.force_login(moderator)
    text = client.get(page_of(case)).content.decode()
    assert all(words in text for words in (listing.headline, "换了一句新的话", "¥20/小时", "¥30/小时"))


def test_a_price_per_visit_says_so(client, moderator):
    listings.submit_listing(by=a_companion("meimei").user, text=a_text("clinic"))
    client.force_login(moderator)
    assert "¥300/visit" in client.get(page_of(ReviewCase.objects.get()), headers=ENGLISH).content.decode()


def test_approving_puts_it_up(client, case, moderator):
    client.force_login(moderator)
    client.post(page_of(case), {"version": 1, "decision": "approve", "reason": ""})
    assert Listing.objects.get().price_fen == 3000


def test_sending_back_needs_a_reason_and_keeps_the_case_open(client, case, moderator):
    client.force_login(moderator)
    page = client.post(page_of(case), {"version": 1, "decision": "reject", "reason": " "})
    assert "reason" in page.context["form"].errors
    assert ReviewCase.objects.get().is_open


@pytest.fixture
def urgent(case, listing) -> ReviewCase:
    return moderation.open_case(kind="report", target=case.target, by=listing.companion.user, priority=Priority.P0)


def reason_field(page: str) -> str:
    return page.split('<label for="id_reason">')[1].split("</textarea>")[0]


def test_only_where_it_can_wait_the_reason_is_called_optional(client, case, urgent, moderator):
    client.force_login(moderator)
    ordinary, at_once = (
        reason_field(client.get(page_of(one), headers=ENGLISH).content.decode()) for one in (case, urgent)
    )
    assert "optional" in ordinary and "required" not in ordinary
    assert "optional" not in at_once and "required" in at_once


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_what_cannot_wait_needs_a_word_and_the_page_says_so(client, urgent, moderator, decision):
    client.force_login(moderator)
    said = {"version": urgent.version, "decision": decision, "reason": " "}
    page = client.post(page_of(urgent), said, headers=ENGLISH)
    assert page.context["form"].errors["reason"] == [str(ReasonMissing.message)]
    assert str(ReasonMissing.message) in page.content.decode()
    urgent.refresh_from_db()
    assert urgent.is_open


def test_the_companion_reads_the_reason_word_for_word(client, case, moderator, companion):
    client.force_login(moderator)
    client.post(page_of(case), {"version": 1, "decision": "reject", "reason": "标题里请不要写 <价格>。"})
    client.force_login(companion)
    assert "标题里请不要写 &lt;价格&gt;。" in client.get("/listings/").content.decode()


def test_a_second_moderator_is_told_and_keeps_what_was_typed(client, case, moderator):
    client.force_login(a_moderator("li"))
    client.post(page_of(case), {"version": 1, "decision": "approve", "reason": ""})
    client.force_login(moderator)
    page = client.post(page_of(case), {"version": 1, "decision": "reject", "reason": "不合适"})
    assert page.status_code == 409
    assert Listing.objects.get().price_fen == 3000


def test_a_text_that_changed_is_shown_anew_with_the_reason_kept(client, case, moderator, listing, companion):
    listings.submit_listing(by=companion, listing=listing, text=a_text(headline="又换了一句话"))
    client.force_login(moderator)
    page = client.post(page_of(case), {"version": 1, "decision": "reject", "reason": "不合适"})
    text = page.content.decode()
    assert page.status_code == 409
    assert all(words in text for words in ("又换了一句话", "不合适", 'value="2"'))


@pytest.mark.parametrize("path", ["/moderation/", "/moderation/decided/", "case"])
@pytest.mark.parametrize("who", ["client_user", "companion", "stranger"])
def test_for_others_there_is_no_such_page(client, case, who, path, request):
    client.force_login(request.getfixturevalue(who))
    address = page_of(case) if path == "case" else path
    assert client.get(address).status_code == 404


def test_for_others_nothing_can_be_decided(client, case, stranger):
    client.force_login(stranger)
    assert client.post(page_of(case), {"version": 1, "decision": "approve"}).status_code == 404
    assert ReviewCase.objects.get().is_open


def test_a_moderator_does_not_see_cases_about_herself(client, db):
    user = a_moderator("meimei")
    a_companion("nana", user=user)
    listings.submit_listing(by=user, text=a_text())
    client.force_login(user)
    assert client.get(page_of(ReviewCase.objects.get())).status_code == 404
    assert 'class="cover"' not in client.get("/moderation/").content.decode()


def test_strangers_to_the_house_are_asked_to_sign_in(client, case):
    assert client.get("/moderation/").status_code == 302


def test_the_decided_can_be_read_again(client, case, moderator):
    client.force_login(moderator)
    client.post(page_of(case), {"version": 1, "decision": "approve", "reason": ""})
    assert "换了一句新的话" in client.get("/moderation/decided/").content.decode()
    assert 'name="decision"' not in client.get(page_of(case)).content.decode()


class TestTakenBack:
    @pytest.fixture
    def gone(self, client_user) -> ReviewCase:
        """A certificate that was handed in by itself, taken back and taken away."""
        certificate = vetting.renew(by=client_user, certificate_id=a_certificate(client_user).pk)
        case = case_of(certificate)
        vetting.take_back_certificate(by=client_user, certificate_id=certificate.pk)
        vetting.remove_certificate(by=client_user, certificate_id=certificate.pk)
        return case

    def test_what_is_gone_is_said_under_its_title(self, client, gone, moderator):
        client.force_login(moderator)
        page = client.get(page_of(gone), headers=ENGLISH)
        text = page.content.decode()
        assert page.status_code == 200
        assert all(words in text for words in (escape(gone.title), "What this was about is gone", "Withdrawn"))
        assert 'name="decision"' not in text

    @pytest.mark.parametrize("decision", ["approve", "reject"])
    def test_deciding_it_is_refused_with_what_became_of_it(self, client, gone, moderator, decision):
        client.force_login(moderator)
        page = client.post(page_of(gone), {"version": 1, "decision": decision, "reason": "不清楚"}, headers=ENGLISH)
        assert page.status_code == 409
        assert "It was taken back meanwhile" in page.content.decode()

    def test_what_was_taken_back_and_is_still_there_is_not_called_decided(self, client, case, moderator, companion):
        listings.withdraw(by=companion, listing=Listing.objects.get())
        client.force_login(moderator)
        page = client.post(page_of(case), {"version": 1, "decision": "approve", "reason": ""}, headers=ENGLISH)
        assert "It was taken back meanwhile" in page.content.decode()

    def test_the_decided_ones_can_be_read_without_it(self, client, client_user, moderator):
        certificate = vetting.renew(by=client_user, certificate_id=a_certificate(client_user).pk)
        case = seen(certificate, moderator)
        moderation.decide(case=case, by=moderator, approve=True)
        certificate.delete()
        client.force_login(moderator)
        assert escape(case.title) in client.get("/moderation/decided/").content.decode()
        assert escape(case.title) in client.get(page_of(case)).content.decode()


def test_nothing_to_decide_is_said(client, moderator):
    client.force_login(moderator)
    assert 'class="empty"' in client.get("/moderation/").content.decode()
    assert a_listing("nana").is_published
