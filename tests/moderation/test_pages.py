import pytest

from listings import services as listings
from listings.models import Listing
from moderation.models import ReviewCase
from tests.cast import a_companion, a_listing, a_moderator, a_text

pytestmark = pytest.mark.django_db

QUEUE_QUERIES = 7


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


def test_a_case_shows_before_and_after(client, case, moderator, listing):
    client.force_login(moderator)
    text = client.get(page_of(case)).content.decode()
    assert all(words in text for words in (listing.headline, "换了一句新的话", "¥20", "¥30"))


def test_approving_puts_it_up(client, case, moderator):
    client.force_login(moderator)
    client.post(page_of(case), {"version": 1, "decision": "approve", "reason": ""})
    assert Listing.objects.get().price_fen == 3000


def test_sending_back_needs_a_reason_and_keeps_the_case_open(client, case, moderator):
    client.force_login(moderator)
    page = client.post(page_of(case), {"version": 1, "decision": "reject", "reason": " "})
    assert "reason" in page.context["form"].errors
    assert ReviewCase.objects.get().is_open


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


def test_nothing_to_decide_is_said(client, moderator):
    client.force_login(moderator)
    assert 'class="empty"' in client.get("/moderation/").content.decode()
    assert a_listing("nana").is_published
