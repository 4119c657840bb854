import pytest

from accounts.services import block
from listings.kinds import KINDS
from listings.models import Companion, Listing
from listings.search.sorts import PAGE_SIZE
from tests.cast import a_companion, a_listing, a_user

pytestmark = pytest.mark.django_db

# The snapshot for the counts, the established, the newcomers, from when each is free.
BROWSE_QUERIES = 4
# And the session, the user, her own and her groups' permissions, whether she is a companion, whom she blocked or was
# blocked by, the entries of those, which are left out of the counts, what is new in her talks, her hearts, and who she
# waited for.
SIGNED_IN_QUERIES = BROWSE_QUERIES + 10
# Who is here now, and how many.
HOME_QUERIES = 2


def test_what_is_not_published_is_nobodys_but_its_owners(listing, companion, stranger):
    Listing.objects.update(status="hidden")
    assert not Listing.objects.visible_to(stranger).exists()
    assert Listing.objects.visible_to(companion).get() == listing


def test_who_was_switched_off_is_not_found(client, listing, companion, stranger):
    companion.is_active = False
    companion.save()
    assert not Listing.objects.visible_to(stranger).exists()
    assert 'class="card person"' not in client.get("/browse/").content.decode()
    assert not Companion.objects.online().exists()


class TestPage:
    @pytest.mark.parametrize("names", [["a"], ["a", "b", "c"]], ids=["one row", "three rows"])
    def test_it_costs_the_same_however_many(self, client, names, django_assert_num_queries):
        for name in names:
            a_listing(name)
        with django_assert_num_queries(BROWSE_QUERIES):
            page = client.get("/browse/")
        assert page.content.decode().count('class="card person"') == len(names)

    @pytest.mark.parametrize("kind", ["listener", "clinic", "dining"])
    @pytest.mark.parametrize("names", [["a"], ["a", "b", "c"]], ids=["one row", "three rows"])
    def test_so_does_each_kind_of_who_is_away(self, client, names, kind, django_assert_num_queries):
        for name in names:
            a_listing(name, kind=kind, companion=a_companion(name, accepting=False))
        with django_assert_num_queries(BROWSE_QUERIES):
            page = client.get(f"/browse/?kind={kind}")
        assert page.content.decode().count('class="card person"') == len(names)

    @pytest.mark.parametrize("names", [["a"], ["a", "b", "c"]], ids=["one row", "three rows"])
    def test_signed_in_it_costs_the_same_however_many(self, client, names, django_assert_num_queries):
        for name in names:
            a_listing(name)
        lin = a_user("lin")
        block(by=lin, other=a_companion("nobody").user)
        client.force_login(lin)
        with django_assert_num_queries(SIGNED_IN_QUERIES):
            page = client.get("/browse/")
        assert page.content.decode().count('class="card person"') == len(names)

    @pytest.mark.parametrize("names", [["a"], ["a", "b", "c"]], ids=["one row", "three rows"])
    def test_words_and_every_filter_cost_one_more(self, client, names, django_assert_num_queries):
        for name in names:
            a_listing(name)
        query = "q=职场&kind=listener&online=on&price_min=1&city=上海&language=mandarin&topic=职场&gender=female"
        with django_assert_num_queries(BROWSE_QUERIES + 1):
            page = client.get(f"/browse/?{query}")
        assert page.content.decode().count('class="card person"') == len(names)

    def test_nobody_costs_the_words_their_sound_and_what_was_meant_and_no_free_times(
        self, client, listing, django_assert_num_queries
    ):
        with django_assert_num_queries(BROWSE_QUERIES + 3 - 1):
            client.get("/browse/?q=haushan")

    def test_one_more_where_there_is_something_to_ask(self, client, django_assert_num_queries):
        a_listing("shan", companion=a_companion("shan", display_name="姗姗"))
        with django_assert_num_queries(BROWSE_QUERIES + 4 - 1):
            page = client.get("/browse/?q=shanshn")
        assert "姗姗" in page.content.decode()

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
            ("language=latin", "language"),
            ("gender=robot", "gender"),
            ("rating=4.3", "rating"),
            ("reply=1", "reply"),
            ("topic=" + "长" * 11, "topic"),
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
        for kept in ('value="失恋"', 'value="cheap"', '<option value="拉萨" selected'):
            assert kept in text
        assert 'id="id_kind_listener" name="kind" value="listener" checked' in " ".join(text.split())
        assert 'id="id_online_on" name="online" value="on" checked' in " ".join(text.split())

    @pytest.mark.parametrize("after", ["0", "-1", "recommended_x_y", "recommended_1.1_" + "9" * 30 + ".1", "%00", ""])
    def test_a_page_that_is_not_there_is_the_first(self, client, listing, after):
        assert 'class="card person"' in client.get(f"/browse/?after={after}").content.decode()

    def test_more_people_are_a_link_away(self, client):
        for number in range(PAGE_SIZE + 1):
            a_listing(f"c{number}")
        first = client.get("/browse/?kind=listener")
        following = first.context["found"].next
        assert f"?kind=listener&amp;after={following}" in first.content.decode()
        second = client.get(f"/browse/?kind=listener&after={following}")
        assert len(second.context["found"].listings) == 1
        assert 'rel="next"' not in second.content.decode()
        assert 'href="?kind=listener"' in second.content.decode()

    def test_nobody_found_offers_the_nearest(self, client, listing):
        text = client.get("/browse/?q=zhichagn&kind=listener", headers={"accept-language": "en"}).content.decode()
        assert 'class="empty"' in text
        assert 'href="/browse/"' in text
        assert "Did you mean" in text
        assert "kind=listener&amp;q=%E8%81%8C%E5%9C%BA" in text or "q=%E8%81%8C%E5%9C%BA&amp;kind=listener" in text
        assert 'href="?kind=listener"' in text

    def test_one_step_back(self, client, listing):
        text = client.get("/browse/?kind=clinic&city=上海", headers={"accept-language": "en"}).content.decode()
        assert "without Hospital companion: 1" in text

    def test_to_drop_the_only_filter_and_to_see_everybody_is_one_link(self, client, listing):
        text = client.get("/browse/?kind=clinic", headers={"accept-language": "en"}).content.decode()
        assert "without Hospital companion: 1" in text and "Show everybody" not in text
        text = client.get("/browse/?kind=clinic&gender=male", headers={"accept-language": "en"}).content.decode()
        assert "Show everybody" in text and "Remove all" not in text

    @pytest.mark.parametrize("words", ["%", "，。！", "…… ??", "_"])
    def test_nothing_but_signs_asks_for_everybody(self, client, listing, words):
        page = client.get("/browse/", {"q": words})
        assert page.content.decode().count('class="card person"') == 1
        assert page.context["chips"] == []

    @pytest.mark.parametrize(("words", "told"), [("不想活了", True), ("失恋", False)])
    def test_who_may_be_in_need_reads_whom_to_call_first(self, client, listing, words, told):
        for headers in ({}, {"hx-request": "true"}):
            text = client.get("/browse/", {"q": words}, headers=headers).content.decode()
            assert ('class="notice"' in text and "不想活下去的念头" in text) == told

    @pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
    def test_being_here_is_only_asked_of_who_can_be_booked_at_once(self, client, listing, kind):
        a_listing("shen", kind="clinic"), a_listing("qian", kind="dining", companion=a_companion("q", accepting=False))
        page = client.get(f"/browse/?kind={kind.key}&online=on")
        assert bool(page.context["choices"]["online"]) == kind.bookable_now
        assert page.content.decode().count('class="card person"') == 1

    def test_being_here_is_the_first_choice(self, client, listing):
        quick = client.get("/browse/").content.decode().split('id="quick"')[1]
        assert quick.index('name="online"') < quick.index('name="kind"')

    def test_each_filter_in_use_can_be_taken_off(self, client, listing):
        page = client.get("/browse/?kind=listener&price_min=10&price_max=50&rating=4.5&sort=price&after=x")
        chips = {chip.label: chip.query for chip in page.context["chips"]}
        assert chips["¥10–¥50"] == "?kind=listener&rating=4.5&sort=price"
        assert len(chips) == 3

    def test_counts_stand_beside_the_choices(self, client, listing, other_listing):
        a_listing("shen", kind="clinic")
        choices = client.get("/browse/?kind=clinic").context["choices"]
        assert [(choice.value, choice.count) for choice in choices["kind"]] == [
            ("listener", 2),
            ("clinic", 1),
            ("dining", 0),
        ]
        assert [(choice.value, choice.count) for choice in choices["city"]] == [("上海", 1)]

    def test_a_city_with_its_suffix_is_the_city_chosen(self, client, listing):
        [choice] = client.get("/browse/?city=上海市").context["choices"]["city"]
        assert (choice.value, choice.count, choice.chosen) == ("上海", 1, True)

    def test_how_it_is_sorted_is_said(self, client):
        text = client.get("/browse/", headers={"accept-language": "en"}).content.decode()
        assert "How is this sorted?" in text
        assert "Nobody can pay for a place" in text

    def test_promised_and_measured_reply_time(self, client, listing):
        english = {"accept-language": "en"}
        assert "Replies within 60 s" in client.get("/browse/", headers=english).content.decode()
        Listing.objects.update(median_reply_ms=14_000, rating_sum=9, rating_count=2)
        text = client.get("/browse/", headers=english).content.decode()
        assert "Usually replies in 14 s" in text
        assert "promised: 60 s" in text
        assert "4.5 · 2" in text

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


class TestHome:
    @pytest.mark.parametrize("names", [["a"], ["a", "b", "c"]], ids=["one person", "three people"])
    @pytest.mark.parametrize("path", ["/", "/here/"])
    def test_it_costs_the_same_however_many(self, client, names, path, django_assert_num_queries):
        for name in names:
            a_listing(name)
        with django_assert_num_queries(HOME_QUERIES):
            text = client.get(path).content.decode()
        assert text.count('class="window lit"') == len(names)

    def test_a_person_with_two_listings_has_one_window(self, client, listing):
        a_listing("", kind="dining", companion=listing.companion)
        page = client.get("/here/")
        assert (page.context["online_count"], len(page.context["online"])) == (1, 1)

    def test_nobody_is_made_up(self, client, listing):
        Companion.objects.update(accepting=False)
        text = client.get("/here/", headers={"accept-language": "en"}).content.decode()
        assert "Nobody is online at this moment" in text
        assert "window lit" not in text

    def test_whom_one_blocked_is_not_in_the_street(self, client, listing, client_user):
        block(by=client_user, other=listing.companion.user)
        assert client.get("/here/").context["online_count"] == 1
        client.force_login(client_user)
        assert client.get("/here/").context["online_count"] == 0
