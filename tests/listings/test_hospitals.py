"""From what a companion types about her hospital to the clients who look for it."""

import pytest

from listings import services
from listings.models import Listing, ListingRevision, ShelfEntry
from listings.search import find
from moderation.models import ReviewCase
from places.models import Hospital
from places.services import import_hospitals
from tests.cast import a_companion, a_listing, a_text
from tests.listings.test_pages import page, typed

pytestmark = pytest.mark.django_db
HUASHAN, RUIJIN = "复旦大学附属华山医院", "上海交通大学医学院附属瑞金医院"
TIANTAN = "首都医科大学附属北京天坛医院"
UNKNOWN = "上海南岸康复医院"
WARNING = "Not in our table of hospitals"
# The snapshot, the established, the newcomers, from when each is free.
BROWSE_QUERIES = 4


@pytest.fixture
def wenhua(db):
    return a_companion("wenhua").user


@pytest.fixture
def visits(db) -> list[Listing]:
    """Two at one hospital, one at another of the city, one in another city."""
    places = [("上海", HUASHAN), ("上海", HUASHAN), ("上海", RUIJIN), ("北京", TIANTAN)]
    return [
        a_listing(f"c{number}", kind="clinic", city=city, hospital=hospital)
        for number, (city, hospital) in enumerate(places)
    ]


def found(words: str) -> int:
    return len(find({"words": words}).listings)


class TestHandingIn:
    @pytest.mark.parametrize(
        ("city", "words", "stored"),
        [
            ("上海", "华山", (HUASHAN, "静安区")),
            ("上海", "华山医院", (HUASHAN, "静安区")),
            ("上海", HUASHAN, (HUASHAN, "静安区")),
            ("武汉", "协和", ("华中科技大学同济医学院附属协和医院", "江汉区")),
            ("上海", UNKNOWN, (UNKNOWN, "闵行区")),
            ("拉萨", "华山医院", ("华山医院", "闵行区")),
        ],
    )
    def test_one_of_the_table_is_stored_as_it_is_called_and_where_it_is(self, wenhua, city, words, stored):
        text = a_text("clinic", city=city, district="闵行区", hospital=words)
        revision = services.submit_listing(by=wenhua, text=text)
        assert (revision.hospital, revision.district) == stored

    def test_what_has_no_hospital_is_not_looked_up(self, wenhua, django_assert_num_queries):
        assert services.submit_listing(by=wenhua, text=a_text("dining")).district == ""

    @pytest.mark.parametrize(("words", "warned"), [("华山", False), (UNKNOWN, True)])
    def test_a_moderator_sees_what_nobody_has_checked(self, client, wenhua, moderator, words, warned):
        services.submit_listing(by=wenhua, text=a_text("clinic", hospital=words))
        client.force_login(moderator)
        assert (WARNING in page(client, f"/moderation/{ReviewCase.objects.get().pk}/")) == warned

    def test_other_kinds_are_not_warned_of(self, client, wenhua, moderator):
        services.submit_listing(by=wenhua, text=a_text())
        client.force_login(moderator)
        assert WARNING not in page(client, f"/moderation/{ReviewCase.objects.get().pk}/")


class TestForm:
    ADDRESS = "/listings/new/?kind=clinic"

    @pytest.fixture(autouse=True)
    def signed_in(self, client, wenhua):
        client.force_login(wenhua)

    def suggested(self, answer) -> list[str]:
        return [hospital.name for hospital in answer.context["form"].hospitals()]

    def test_the_hospitals_of_her_own_city_are_suggested(self, client):
        answer = client.get(self.ADDRESS)
        assert HUASHAN in self.suggested(answer)
        text = answer.content.decode()
        assert 'list="hospital-names"' in text and f'<option value="{HUASHAN}"' in text
        assert 'label="静安区 · 华山医院' in text

    def test_the_city_comes_first_then_its_hospital_then_the_district(self, client):
        fields = list(client.get(self.ADDRESS).context["form"].fields)
        at = fields.index("city")
        assert fields[at : at + 3] == ["city", "hospital", "district"]

    @pytest.mark.parametrize("city", ["北京", "北京市"])
    def test_of_another_city_its_own(self, client, city):
        assert TIANTAN in self.suggested(client.get(f"{self.ADDRESS}&city={city}"))

    @pytest.mark.parametrize("city", ["拉萨", "", "%00", "长" * 30])
    def test_of_a_city_nobody_knows_none(self, client, city):
        answer = client.get(f"{self.ADDRESS}&city={city}")
        assert (answer.status_code, self.suggested(answer)) == (200, [])

    def test_to_look_what_is_in_a_city_loses_nothing_and_hands_nothing_in(self, client):
        half = typed("clinic", city="北京", about="短", price_fen="300.5", topics="轮椅 老人", look="1")
        answer = client.post(self.ADDRESS, half)
        form = answer.context["form"]
        assert TIANTAN in self.suggested(answer)
        assert {name: form[name].value() for name in form.fields if name in half} == {
            name: half[name] for name in form.fields if name in half
        }
        assert not form.errors and not ListingRevision.objects.exists()

    def test_what_was_refused_still_has_the_hospitals_of_the_city_that_was_typed(self, client):
        answer = client.post(self.ADDRESS, typed("clinic", city="北京", about="短"))
        assert TIANTAN in self.suggested(answer)

    def test_kinds_without_a_hospital_suggest_none(self, client):
        assert "hospital-names" not in client.get("/listings/new/?kind=dining").content.decode()

    def test_an_edit_looks_in_the_city_of_the_listing(self, client, wenhua):
        listing = a_listing("", kind="clinic", companion=wenhua.companion, city="北京", hospital=TIANTAN)
        assert TIANTAN in self.suggested(client.get(f"/listings/{listing.pk}/edit/"))


class TestSearch:
    @pytest.mark.parametrize("words", ["华山医院", "上海华山医院", "华山", "huashan", "hsyy", "静安 华山"])
    def test_found_by_what_the_hospital_is_called_besides(self, words, visits):
        Listing.objects.filter(hospital=HUASHAN).update(district="静安区")
        services.index_words()
        assert found(words) == 2

    @pytest.mark.parametrize("words", ["国妇婴", "guofuying"])
    def test_also_where_the_official_name_has_nothing_of_it(self, words):
        a_listing("wenhua", kind="clinic", hospital="中国福利会国际和平妇幼保健院")
        assert found(words) == 1

    def test_not_where_another_city_has_one_of_that_name(self):
        a_listing("wenhua", kind="clinic", city="拉萨", hospital="中国福利会国际和平妇幼保健院")
        assert found("国妇婴") == 0

    def test_a_new_name_is_found_once_the_shelf_is_swept(self, visits):
        Hospital.objects.filter(name=HUASHAN).update(aliases=["青瓦楼"])
        assert ShelfEntry.objects.stale().count() == 2
        services.sweep_shelf()
        assert (found("青瓦楼"), ShelfEntry.objects.stale().count()) == (2, 0)

    def test_one_that_comes_into_the_table_brings_its_names(self):
        a_listing("wenhua", kind="clinic", hospital=UNKNOWN)
        head = "city,name,aliases,district,level,address,departments"
        import_hospitals(f"{head}\n上海,{UNKNOWN},望江楼,闵行区,,,rehabilitation".encode())
        services.sweep_shelf()
        assert found("望江楼") == 1

    def test_one_that_leaves_it_takes_them_along(self, visits):
        Hospital.objects.filter(name=HUASHAN).delete()
        services.sweep_shelf()
        assert (found("上海华山医院"), len(find({"hospital": HUASHAN}).listings)) == (0, 2)

    def test_what_is_not_a_name_makes_nobody_read_again(self, visits):
        Hospital.objects.update(address="", level="三级", district="黄浦区")
        assert not ShelfEntry.objects.stale().exists()

    def test_names_of_many_hospitals_cost_one_query(self, visits, django_assert_num_queries):
        ShelfEntry.objects.update(indexed_key="")
        # The stale ones, their hospitals, a savepoint, the words, the terms, the savepoint's end, and whether more are.
        with django_assert_num_queries(7):
            services.index_words()


class TestBrowse:
    def options(self, client, query: str) -> list[tuple[str, str, int, bool]]:
        choices = client.get(f"/browse/?{query}").context["choices"]["hospital"]
        return [(choice.value, choice.label, choice.count, choice.chosen) for choice in choices]

    def people(self, client, query: str) -> int:
        return client.get(f"/browse/?{query}").content.decode().count('class="card person"')

    def test_a_city_then_a_hospital(self, client, visits):
        assert self.options(client, "kind=clinic") == []
        assert self.options(client, "kind=clinic&city=上海") == [
            (f"上海:{HUASHAN}", HUASHAN, 2, False),
            (f"上海:{RUIJIN}", RUIJIN, 1, False),
        ]
        query = f"kind=clinic&city=上海&hospital=上海:{HUASHAN}"
        assert self.options(client, query)[0] == (f"上海:{HUASHAN}", HUASHAN, 2, True)
        assert self.options(client, query)[1][2] == 1
        assert self.people(client, query) == 2

    def test_who_has_not_chosen_a_city_is_told_to(self, client, visits):
        told = "then its hospitals appear here"
        assert told in page(client, "/browse/?kind=clinic")
        for query in ("", "kind=listener", "kind=clinic&city=上海"):
            assert told not in page(client, f"/browse/?{query}")

    def test_another_city_leaves_the_hospital_behind(self, client, visits):
        query = f"kind=clinic&city=北京&hospital=上海:{HUASHAN}"
        assert self.people(client, query) == 1
        assert [choice[3] for choice in self.options(client, query)] == [False]
        assert self.people(client, f"kind=clinic&hospital=上海:{HUASHAN}") == 4

    @pytest.mark.parametrize("query", [f"hospital={HUASHAN}", f"city=上海&hospital={HUASHAN}"])
    def test_one_that_was_written_into_the_address_counts(self, client, visits, query):
        assert self.people(client, query) == 2

    def test_a_name_may_hold_a_colon(self, client):
        a_listing("wenhua", kind="clinic", city="上海", hospital="仁济医院:东院")
        query = "kind=clinic&city=上海&hospital=上海:仁济医院:东院"
        assert self.options(client, query) == [("上海:仁济医院:东院", "仁济医院:东院", 1, True)]
        assert self.people(client, query) == 1

    def test_to_take_off_the_city_takes_off_the_hospital(self, client, visits):
        shown = client.get(f"/browse/?kind=clinic&city=上海&hospital=上海:{HUASHAN}")
        chips = {chip.label: chip.query for chip in shown.context["chips"]}
        assert chips["上海"] == "?kind=clinic"
        assert chips[HUASHAN] == "?kind=clinic&city=%E4%B8%8A%E6%B5%B7"

    def test_counts_of_other_cities_are_without_the_hospital(self, client, visits):
        shown = client.get(f"/browse/?city=上海&hospital=上海:{HUASHAN}").context["choices"]["city"]
        assert {choice.value: choice.count for choice in shown} == {"上海": 3, "北京": 1}

    def test_where_nobody_goes_each_step_back_is_offered_with_its_count(self, client, visits):
        text = page(client, "/browse/?kind=clinic&city=上海&hospital=上海:上海市肺科医院")
        assert "without 上海市肺科医院: 3" in text
        assert "without 上海: 4" in text
        assert '<option value="上海:上海市肺科医院" selected' in text

    @pytest.mark.parametrize("names", [["a"], ["a", "b", "c"]], ids=["one row", "three rows"])
    def test_it_costs_the_same_however_many(self, client, names, django_assert_num_queries):
        for name in names:
            a_listing(name, kind="clinic")
        with django_assert_num_queries(BROWSE_QUERIES):
            shown = client.get(f"/browse/?kind=clinic&city=上海&hospital=上海:{HUASHAN}")
        assert shown.content.decode().count('class="card person"') == len(names)

    @pytest.mark.parametrize("sent", ["%00", "长" * 82])
    def test_what_makes_no_sense_is_said_and_left_out(self, client, visits, sent):
        shown = client.get(f"/browse/?city=上海&hospital={sent}")
        assert "hospital" in shown.context["form"].errors
        assert shown.content.decode().count('class="card person"') == 3
