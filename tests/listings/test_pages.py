import pytest

from accounts.models import Letter
from listings import services
from listings.kinds import KINDS
from listings.models import Companion, Listing, ListingRevision
from moderation import services as moderation
from moderation.models import ReviewCase
from tests.cast import a_companion, a_listing, a_text

pytestmark = pytest.mark.django_db

MINE_QUERIES = 12
PROFILE = {
    "display_name": "姗姗",
    "gender": "female",
    "city": "上海",
    "languages": ["mandarin", "wu"],
    "about": "话不多。",
}
TYPED = {
    "listener": {"price_fen": "25", "promise_s": "60"},
    "clinic": {"price_fen": "300", "city": "上海", "hospital": "华山医院", "included_hours": "4", "overtime_fen": "40"},
    "dining": {"price_fen": "60.50", "city": "上海", "venue_area": "武康路"},
}


WORDS = {
    "headline": "听你说完，不评判",
    "about": "我会听你把话说完，不催，不评判，也不急着给建议。",
    "topics": "职场 失恋",
}


def typed(kind: str, /, **changes) -> dict:
    return WORDS | TYPED[kind] | changes


def page(client, path: str) -> str:
    return client.get(path, headers={"accept-language": "en"}).content.decode()


def test_from_nothing_to_the_application(client, client_user):
    client.force_login(client_user)
    for path in ("", "new/"):
        assert client.get(f"/listings/{path}").headers["Location"] == "/apply/"
    assert client.get("/listings/profile/").headers["Location"] == "/apply/who/"


def test_from_approval_to_a_listing_under_review(client):
    user = a_companion("meimei").user
    client.force_login(user)
    assert "?kind=clinic" in page(client, "/listings/new/")
    client.post("/listings/new/?kind=listener", typed("listener"))
    listing = Listing.objects.get()
    assert (listing.companion.user, listing.status) == (user, "pending")
    assert listing.newest_revision.price_fen == 2500


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_the_kind_has_is_asked(client, companion, kind):
    client.force_login(companion)
    form = client.get(f"/listings/new/?kind={kind}").context["form"]
    assert set(form.fields) >= {"price_fen", *KINDS[kind].own_fields}
    assert not set(form.fields) & {*KINDS[kind].foreign_words, *KINDS[kind].foreign_numbers}
    client.post(f"/listings/new/?kind={kind}", typed(kind))
    assert ListingRevision.objects.get().kind == kind


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("listener", "price_fen", "9.99"),
        ("listener", "price_fen", "300.01"),
        ("listener", "promise_s", "10"),
        ("listener", "headline", "短"),
        ("listener", "headline", "长" * 41),
        ("listener", "headline", "NUL\x00在这里"),
        ("listener", "about", "太短"),
        ("listener", "topics", ""),
        ("clinic", "hospital", ""),
        ("clinic", "included_hours", "13"),
        ("clinic", "overtime_fen", "x"),
        ("dining", "city", "  "),
    ],
)
def test_what_does_not_do_is_said_and_the_rest_stays(client, companion, kind, field, value):
    client.force_login(companion)
    answer = client.post(f"/listings/new/?kind={kind}", typed(kind, **{field: value}))
    assert list(answer.context["form"].errors) == [field]
    assert ("听你说完" in answer.content.decode()) or field == "headline"
    assert not ListingRevision.objects.exists()


def test_editing_starts_from_the_published_text(client, companion, listing):
    client.force_login(companion)
    text = page(client, f"/listings/{listing.pk}/edit/")
    assert 'value="20"' in text
    client.post(f"/listings/{listing.pk}/edit/", typed("listener"))
    assert 'value="25"' in page(client, f"/listings/{listing.pk}/edit/")
    assert Listing.objects.get().price_fen == 2000


def test_an_edit_cannot_slip_anything_in(client, companion, listing):
    client.force_login(companion)
    extra = {"kind": "dining", "status": "approved", "rating_sum": "500", "listing": "1", "city": "上海"}
    client.post(f"/listings/{listing.pk}/edit/", typed("listener", **extra))
    revision = ListingRevision.objects.get()
    assert (revision.kind, revision.status, revision.city, revision.listing) == ("listener", "pending", "", listing)


def test_a_preview_shows_what_was_handed_in(client, companion, listing):
    services.submit_listing(by=companion, listing=listing, text=a_text(headline="换了一句新的话"))
    client.force_login(companion)
    assert "换了一句新的话" in page(client, f"/listings/{listing.pk}/preview/")
    assert "换了一句新的话" not in page(client, f"/listings/{listing.pk}/")


def test_taking_back_hiding_and_showing(client, companion, listing):
    services.submit_listing(by=companion, listing=listing, text=a_text(price_fen=3000))
    client.force_login(companion)
    client.post(f"/listings/{listing.pk}/withdraw/")
    assert ListingRevision.objects.get().status == "withdrawn"
    for verb, status in (("hide", "hidden"), ("show", "published")):
        client.post(f"/listings/{listing.pk}/{verb}/")
        assert Listing.objects.get().status == status


def test_what_cannot_be_done_is_said(client, companion, listing):
    client.force_login(companion)
    answer = client.post(f"/listings/{listing.pk}/withdraw/", follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]


@pytest.mark.parametrize("verb", ["edit", "preview", "withdraw", "hide", "show"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_anothers_listing_is_not_there(client, listing, stranger, verb, method):
    client.force_login(stranger)
    before = Listing.objects.values().get()
    answer = getattr(client, method)(f"/listings/{listing.pk}/{verb}/", typed("listener"))
    assert answer.status_code in (404, 405)
    assert Listing.objects.values().get() == before
    assert not ListingRevision.objects.exists()


@pytest.mark.parametrize("path", ["", "profile/", "new/", "1/edit/", "1/preview/"])
def test_one_has_to_be_somebody(client, path):
    assert client.get(f"/listings/{path}").headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("status", ["draft", "pending", "rejected", "hidden"])
def test_what_is_not_published_is_there_for_its_owner_alone(client, listing, companion, stranger, status):
    Listing.objects.update(status=status)
    assert client.get(f"/listings/{listing.pk}/").status_code == 404
    client.force_login(stranger)
    assert client.get(f"/listings/{listing.pk}/").status_code == 404
    client.force_login(companion)
    assert client.get(f"/listings/{listing.pk}/").status_code == 200


def test_a_listing_says_what_it_costs(client, listing):
    text = page(client, f"/listings/{listing.pk}/")
    said = ("30 min", "¥10", "60 min", "¥20", "less than a minute is free", "60 seconds")
    assert all(words in text for words in said)


def test_a_visit_says_what_it_includes(client):
    text = page(client, f"/listings/{a_listing('shen', kind='clinic').pk}/")
    assert all(words in text for words in ("¥300", "¥40", "Hours included", "复旦大学附属华山医院"))


@pytest.mark.parametrize("count", [1, 3], ids=["one row", "three rows"])
def test_my_listings_cost_the_same_however_many(client, django_assert_num_queries, count):
    user = a_companion("meimei").user
    for _ in range(count):
        services.submit_listing(by=user, text=a_text())
    client.force_login(user)
    with django_assert_num_queries(MINE_QUERIES):
        text = page(client, "/listings/")
    assert text.count("<article") == count


def test_a_profile_that_does_not_do(client, client_user):
    client.force_login(client_user)
    answer = client.post("/apply/who/", PROFILE | {"languages": ["latin"], "display_name": "长" * 13})
    assert set(answer.context["form"].errors) == {"languages", "display_name"}
    assert not Companion.objects.exists()


@pytest.mark.parametrize(("typed", "kept"), [("姗\u202e姗\u200b ", "姗姗"), ("姗\n姗", None)])
def test_a_name_is_one_line_without_what_nobody_can_see(client, client_user, typed, kept):
    client.force_login(client_user)
    client.post("/apply/who/", PROFILE | {"display_name": typed})
    assert Companion.objects.values_list("display_name", flat=True).first() == kept


def test_a_changed_profile_waits_and_says_so(client, companion):
    client.force_login(companion)
    client.post("/listings/profile/", PROFILE)
    assert Companion.objects.get().display_name == "shanshan"
    assert "姗姗" in page(client, "/listings/profile/")
    assert "waits for a moderator" in page(client, "/listings/")
    client.post("/listings/profile/withdraw/")
    assert "waits for a moderator" not in page(client, "/listings/")


class TestWhichTextIsUp:
    """Published, with a change that waits or was sent back: both are said."""

    @pytest.fixture
    def changed(self, listing, companion):
        return services.submit_listing(by=companion, listing=listing, text=a_text(headline="换了一句新的话"))

    def test_what_is_up_and_what_waits(self, client, changed, listing, companion):
        client.force_login(companion)
        text = page(client, "/listings/")
        told = (listing.headline, "Published", "Above is what clients read", "换了一句新的话")
        assert all(words in text for words in told)

    def test_what_is_up_and_why_the_change_is_not(self, client, changed, listing, companion, moderator):
        moderation.decide(case=ReviewCase.objects.get(), by=moderator, approve=False, reason="请不要写价格。")
        client.force_login(companion)
        text = page(client, "/listings/")
        told = (f"<h2>{listing.headline}</h2>", "Published", "“换了一句新的话” was sent back", "请不要写价格。")
        assert all(words in text for words in told)

    @pytest.mark.parametrize("approve", [True, False])
    def test_she_is_told_by_letter(self, changed, companion, moderator, approve):
        moderation.decide(case=ReviewCase.objects.get(), by=moderator, approve=approve, reason="请不要写价格。")
        letter = Letter.objects.get()
        assert letter.to == companion
        assert ("请不要写价格。" in letter.body) is not approve

    def test_the_case_says_whether_it_is_the_first(self, client, changed, moderator):
        services.submit_listing(by=a_companion("nana").user, text=a_text())
        client.force_login(moderator)
        change, first = ReviewCase.objects.order_by("pk")
        assert "Changes something that is approved" in page(client, f"/moderation/{change.pk}/")
        assert "Handed in for the first time" in page(client, f"/moderation/{first.pk}/")


@pytest.mark.parametrize(
    ("kind", "words"), [("listener", "What an hour with you"), ("clinic", "on a visit"), ("dining", "a meal or a walk")]
)
def test_a_listings_form_speaks_of_its_own_kind(client, kind, words):
    client.force_login(a_companion("meimei", city="杭州").user)
    text = client.get("/listings/new/", {"kind": kind}, headers={"accept-language": "en"}).content.decode()
    assert words in text and str(KINDS[kind].topics_example) in text
    assert ('value="杭州"' in text) == ("city" in KINDS[kind].own_fields)


def test_the_prices_of_a_listing_are_those_one_can_book(client, listing):
    text = client.get(listing.get_absolute_url()).content.decode()
    table = text[text.index("<table") : text.index("</table>")]
    assert table.count("<tr>") == 1 + len(listing.lengths)
