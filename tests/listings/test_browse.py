from datetime import timedelta

import pytest
from django.utils import timezone

from listings.models import Companion, Listing
from tests.cast import a_listing, a_user

pytestmark = pytest.mark.django_db

BROWSE_QUERIES = 3


def found(**filters) -> list[str]:
    return [listing.companion.display_name for listing in Listing.objects.browse(**filters)]


@pytest.fixture
def shelf(db):
    """An online listener at ¥20, an absent one at ¥35, a hospital and a meal companion of Suzhou."""
    a_listing("shanshan", 2000, topics=["失恋", "MBTI"])
    away = a_listing("liubing", 3500, headline="晚八点到凌晨两点")
    Companion.objects.filter(pk=away.companion_id).update(city="哈尔滨", accepting=False)
    a_listing("shen", 32000, kind="clinic", topics=["轮椅"])
    a_listing("qian", 6500, kind="dining", city="苏州", venue_area="平江路的茶馆", topics=["100%素食"])


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, {"shanshan", "liubing", "shen", "qian"}),
        ({"kind": "clinic"}, {"shen"}),
        ({"online": True, "kind": "listener"}, {"shanshan"}),
        ({"price_min": 3500, "price_max": 6500}, {"liubing", "qian"}),
        ({"price_max": 0}, set()),
        ({"city": "上海"}, {"shanshan", "shen"}),
        ({"city": "苏州"}, {"qian"}),
        ({"city": "哈尔滨"}, {"liubing"}),
        ({"words": "失恋"}, {"shanshan"}),
        ({"words": "mbti"}, {"shanshan"}),
        ({"words": "华山"}, {"shen"}),
        ({"words": "平江路 茶馆"}, {"qian"}),
        ({"words": "凌晨"}, {"liubing"}),
        ({"words": "LIUBING"}, {"liubing"}),
        ({"words": "100%"}, {"qian"}),
        ({"words": "%"}, {"qian"}),
        ({"words": "_"}, set()),
        ({"words": "\\"}, set()),
        ({"words": "' OR 1=1 --"}, set()),
        ({"words": "失恋 轮椅"}, set()),
    ],
)
def test_what_is_found(shelf, filters, names):
    assert set(found(**filters)) == names


def test_who_is_here_now_comes_first(shelf):
    assert found()[-1] == "liubing"


def test_the_cheapest_first(shelf):
    assert found(sort="price") == ["shanshan", "liubing", "qian", "shen"]


def test_the_newest_first(shelf):
    Listing.objects.filter(companion__display_name="liubing").update(approved_at=timezone.now() + timedelta(hours=1))
    assert found(sort="newest")[0] == "liubing"


def test_one_enthusiast_does_not_outrank_fifty(shelf):
    Listing.objects.filter(companion__display_name="shanshan").update(rating_sum=5, rating_count=1)
    Listing.objects.filter(companion__display_name="qian").update(rating_sum=245, rating_count=50)
    assert found()[:2] == ["qian", "shanshan"]


def test_cities_are_where_somebody_is(shelf):
    assert Listing.objects.cities() == sorted(["上海", "哈尔滨", "苏州"])


def test_what_is_not_published_is_nobodys_but_its_owners(listing, companion, stranger):
    Listing.objects.update(status="hidden")
    assert not Listing.objects.visible_to(stranger).exists()
    assert Listing.objects.visible_to(companion).get() == listing
    assert found() == []


def test_who_was_switched_off_is_not_found(listing, companion, stranger):
    companion.is_active = False
    companion.save()
    assert not Listing.objects.visible_to(stranger).exists()
    assert found() == []
    assert not Companion.objects.online().exists()


class TestPage:
    @pytest.mark.parametrize("names", [["a"], ["a", "b", "c"]], ids=["one row", "three rows"])
    def test_it_costs_the_same_however_many(self, client, names, django_assert_num_queries):
        for name in names:
            a_listing(name)
        with django_assert_num_queries(BROWSE_QUERIES):
            page = client.get("/browse/")
        assert page.content.decode().count('class="card person"') == len(names)

    def test_htmx_gets_the_results_alone(self, client, listing):
        part = client.get("/browse/", headers={"hx-request": "true"})
        assert "<html" not in part.content.decode()
        assert 'class="card person"' in part.content.decode()
        assert "HX-Request" in part.headers["Vary"]

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("price_min=cheap", "price_min"),
            ("price_min=-5", "price_min"),
            ("price_max=NaN", "price_max"),
            ("price_max=1e309", "price_max"),
            ("price_max=99999999999999999999", "price_max"),
            ("price_min=50&price_max=20", "price_max"),
            ("kind=therapy", "kind"),
            ("sort=best", "sort"),
            ("q=" + "长" * 61, "q"),
            ("q=%00", "q"),
            ("city=%00", "city"),
        ],
    )
    def test_a_value_that_makes_no_sense_is_said_and_left_out(self, client, listing, query, field):
        page = client.get(f"/browse/?{query}")
        assert page.status_code == 200
        assert field in page.context["form"].errors
        assert 'class="error"' in page.content.decode() or 'role="alert"' in page.content.decode()
        part = client.get(f"/browse/?{query}", headers={"hx-request": "true"})
        assert 'role="alert"' in part.content.decode()

    def test_what_was_typed_stays(self, client, listing):
        text = client.get("/browse/?q=失恋&price_min=cheap&city=拉萨&kind=listener&online=on").content.decode()
        for kept in ('value="失恋"', 'value="cheap"', '<option value="拉萨" selected>'):
            assert kept in text
        assert text.count(" checked") == 2

    @pytest.mark.parametrize("page", ["0", "-1", "2", "999999999999999999999", "x", ""])
    def test_a_page_that_is_not_there_is_the_nearest(self, client, listing, page):
        assert 'class="card person"' in client.get(f"/browse/?page={page}").content.decode()

    def test_nobody_found_offers_everybody(self, client, listing):
        text = client.get("/browse/?q=zzzz").content.decode()
        assert 'class="empty"' in text
        assert 'href="/browse/"' in text

    def test_demonstrations_are_marked_and_nothing_is_made_up(self, client, listing):
        Companion.objects.update(is_demo=True)
        text = client.get("/browse/", headers={"accept-language": "en"}).content.decode()
        assert "demo</span>" in text
        assert 'class="rating"' not in text

    def test_names_are_words_not_markup(self, client):
        a_listing("shanshan", headline="<script>alert(1)</script>")
        assert "<script>alert" not in client.get("/browse/").content.decode()

    def test_signed_in_people_see_it_too(self, client, listing):
        client.force_login(a_user("lin"))
        assert client.get("/browse/").status_code == 200
