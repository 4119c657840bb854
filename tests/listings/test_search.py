"""Who is found: by each filter, by words, by their sound, in each order."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone

from accounts.services import block, blocked_with
from listings import services
from listings.models import ONLINE_FOR, Companion, Listing, ShelfEntry, ShelfTerm
from listings.search import find
from listings.search.nearest import in_the_way, meant
from listings.search.sayings import ROWS, SAME, is_in_need
from listings.search.words import asked, plain
from listings.services.shelving import TERMS_AT_ONCE, TERMS_SEEN
from tests.cast import a_companion, a_listing

pytestmark = pytest.mark.django_db


def found(sort: str = "recommended", without=(), **filters) -> list[str]:
    page = find(filters, sort=sort, without=without)
    return [listing.companion.display_name for listing in page.listings]


def hers(name: str) -> QuerySet[Listing]:
    return Listing.objects.filter(companion__in=Companion.objects.filter(display_name=name))


@pytest.fixture
def shelf(db):
    """An online listener at ¥20, an absent one at ¥35, a hospital and a meal companion of Suzhou."""
    a_listing("shanshan", 2000, topics=["失恋", "MBTI"], companion=a_companion("shanshan", display_name="姗姗"))
    gone = a_companion("liubing", city="哈尔滨", accepting=False, gender="male", languages=["mandarin", "northeast"])
    a_listing("liubing", 3500, headline="晚八点到凌晨两点", topics=["睡不着"], companion=gone)
    a_listing("shen", 32000, kind="clinic", topics=["轮椅"], district="静安区")
    a_listing("qian", 6500, kind="dining", city="苏州", venue_area="平江路的茶馆", topics=["100%素食"])


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, {"姗姗", "liubing", "shen", "qian"}),
        ({"kind": "clinic"}, {"shen"}),
        ({"online": True, "kind": "listener"}, {"姗姗"}),
        ({"online": False}, {"姗姗", "liubing", "shen", "qian"}),
        ({"price_min": 3500, "price_max": 6500}, {"liubing", "qian"}),
        ({"price_max": 0}, set()),
        ({"city": "上海"}, {"姗姗", "shen"}),
        ({"city": "苏州"}, {"qian"}),
        ({"city": "哈尔滨"}, {"liubing"}),
        ({"language": "northeast"}, {"liubing"}),
        ({"topic": "轮椅"}, {"shen"}),
        ({"topic": "轮"}, set()),
        ({"gender": "male"}, {"liubing"}),
        ({"gender": "female", "city": "上海", "kind": "listener"}, {"姗姗"}),
    ],
)
def test_filters(shelf, filters, names):
    assert set(found(**filters)) == names
    assert find(filters).total == len(names)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("失恋", {"姗姗"}),
        ("mbti", {"姗姗"}),
        ("ＭＢＴＩ", {"姗姗"}),
        ("姗姗", {"姗姗"}),
        ("凌晨", {"liubing"}),
        ("LIUBING", {"liubing"}),
        ("华山", {"shen"}),
        ("华山医院", {"shen"}),
        ("复旦大学附属华山医院", {"shen"}),
        ("上海 华山", {"shen"}),
        ("静安", {"shen"}),
        ("轮椅", {"shen"}),
        ("平江路 茶馆", {"qian"}),
        ("平江路的茶馆", {"qian"}),
        ("苏州", {"qian"}),
        ("100%", {"qian"}),
        ("陪诊师", {"shen"}),
        ("上海陪诊", {"shen"}),
        ("陪诊 上海", {"shen"}),
        ("饭搭子", {"qian"}),
        ("hospital companion", {"shen"}),
        ("想找人聊天", {"姗姗", "liubing"}),
        ("失眠", {"liubing"}),
        ("晚上睡不好", set()),
        ("睡不好", {"liubing"}),
        ("insomnia", {"liubing"}),
        ("想找人说失眠", set()),
        ("hospital", {"shen"}),
        ("dinner", {"qian"}),
        ("listen", {"姗姗", "liubing"}),
        ("shi lian", {"姗姗"}),
        ("hua shan yi yuan", {"shen"}),
        ("shi lian 姗姗", {"姗姗"}),
        ("东北话", {"liubing"}),
        ("northeastern", {"liubing"}),
        ("苏州市", {"qian"}),
        ("失 恋", {"姗姗"}),
        ("失 恋 姗 姗", {"姗姗"}),
        ("失 恋 姗姗", {"姗姗"}),
        ("s", set()),
        ("失恋 轮椅", set()),
        ("%", set()),
        ("_", set()),
        ("\\", set()),
        ("' OR 1=1 --", set()),
        ("失恋' | 'x", set()),
        ("!失恋", {"姗姗"}),
    ],
)
def test_words_as_they_are_spelled(shelf, words, names):
    page = find({"words": words})
    assert {listing.companion.display_name for listing in page.listings} == names
    assert page.total == len(names)
    assert not page.by_sound


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("华山医院 神经内科", {"shen"}),
        ("华山医院神经内科", {"shen"}),
        ("神经内科", {"shen"}),
        ("neurology", {"shen"}),
        ("上海 皮肤科", {"shen"}),
        ("苏州 皮肤科", set()),
        ("协和 神经内科", set()),
        ("妇产科", {"shen"}),
        ("华山 心内科", {"shen"}),
        ("苏州眼科医院", set()),
    ],
)
def test_a_department_nobody_names_is_no_reason_to_find_nobody(shelf, words, names):
    page = find({"words": words})
    assert {listing.companion.display_name for listing in page.listings} == names
    assert page.anywhere == bool(names)


def test_who_names_the_department_is_found_alone(shelf):
    a_listing("ya", 32000, kind="clinic", topics=["神经内科"])
    page = find({"words": "神经内科"})
    assert [listing.companion.display_name for listing in page.listings] == ["ya"]
    assert not page.anywhere


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("shanshan", "姗姗"),
        ("shans", "姗姗"),
        ("SS", "姗姗"),
        ("shilian", "姗姗"),
        ("huashanyiyuan", "shen"),
        ("hua shan", "shen"),
        ("hsyy", "shen"),
        ("suzhou", "qian"),
        ("heb", "liubing"),
        ("haerbin", "liubing"),
        ("peizhenshi", "shen"),
        ("shuibuzhao", "liubing"),
        ("shuibuzhe", "liubing"),
    ],
)
def test_pinyin_whole_begun_or_initials(shelf, words, name):
    assert found(words=words) == [name]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("华杉医院", "shen"),
        ("珊珊", "姗姗"),
        ("失戀", "姗姗"),
        ("華山醫院", "shen"),
        ("静按区", "shen"),
        ("輪椅", "shen"),
    ],
)
def test_what_nobody_spells_so_is_found_by_its_sound(shelf, words, name):
    page = find({"words": words})
    assert [listing.companion.display_name for listing in page.listings] == [name]
    assert page.by_sound


def test_a_family_name_has_its_own_sound(db):
    a_listing("zeng", companion=a_companion("zeng", display_name="曾黎"))
    assert found(words="zengli") == found(words="曾黎") == ["曾黎"]


@pytest.mark.parametrize(
    ("words", "term"),
    [("haushan", "华山"), ("shanshn", "姗姗"), ("shilain", "失恋"), ("pingjianglv", "平江"), ("huahsan", "华山")]
    # Of headlines: 听你说完，不评判; 晚八点到凌晨两点.
    + [("linghcen", "凌晨"), ("凌辰", "凌晨"), ("pingpna", "评判")],
)
def test_a_slip_of_the_finger_is_asked_about(shelf, words, term):
    page = find({"words": words})
    assert page.listings == []
    assert term in meant(page.query)


def test_nobody_is_invented_for_nonsense(shelf):
    assert meant(find({"words": "qqqqxxxx"}).query) == []
    assert meant(find({"words": "%"}).query) == []


class TestWhoIsAskedAbout:
    """A name is suggested only to those who can find its bearer."""

    @pytest.fixture(autouse=True)
    def shan(self, shelf):
        self.user = hers("姗姗").get().companion.user

    def asked(self, client) -> list[str]:
        page = client.get("/browse/?q=shanshn")
        return [chip.label for chip in page.context["nearest"].meant]

    def test_whoever_is_on_the_shelf(self, client):
        assert self.asked(client) == ["姗姗"]

    def test_nobody_who_was_switched_off(self, client):
        self.user.is_active = False
        self.user.save(update_fields=["is_active"])
        assert self.asked(client) == []

    def test_nobody_whose_certificate_has_ended(self, client):
        hers("姗姗").update(valid_until=timezone.localdate() - timedelta(days=1))
        assert self.asked(client) == []

    def test_nobody_to_whom_she_blocked(self, client, client_user):
        block(by=self.user, other=client_user, known_as="林")
        client.force_login(client_user)
        assert self.asked(client) == []

    def test_nobody_the_other_filters_keep_away(self, client):
        page = client.get("/browse/?q=shanshn&city=拉萨")
        assert page.context["nearest"].meant == []

    def test_what_nobody_is_called_any_more_is_forgotten(self):
        cache.delete(TERMS_SEEN)
        hers("姗姗").update(status="hidden")
        before = ShelfTerm.objects.count()
        for _sweep in range(before // TERMS_AT_ONCE + 1):
            services.sweep_shelf()
        assert not ShelfTerm.objects.filter(term="姗姗").exists()
        assert ShelfTerm.objects.filter(term="liubing").exists()
        services.reindex()
        kept = set(ShelfTerm.objects.values_list("term", flat=True))
        for _sweep in range(before // TERMS_AT_ONCE + 1):
            services.sweep_shelf()
        assert set(ShelfTerm.objects.values_list("term", flat=True)) == kept


def test_which_filter_is_in_the_way(shelf):
    page = find({"kind": "clinic", "city": "上海", "words": "失恋"})
    assert page.listings == []
    assert in_the_way(page.facets.without) == [("kind", 1), ("words", 1)]
    both = find({"price_min": 10_000, "price_max": 20_000, "kind": "clinic"})
    assert in_the_way(both.facets.without) == [("price", 1)]


def test_rating_and_reply_time_as_measured(shelf):
    hers("姗姗").update(rating_sum=23, rating_count=5, median_reply_ms=30_000)
    hers("qian").update(rating_sum=22, rating_count=5, median_reply_ms=30_001)
    assert found(rating=4500) == ["姗姗"]
    assert set(found(rating=4000)) == {"姗姗", "qian"}
    assert found(reply=30) == ["姗姗"]
    assert set(found(reply=60)) == {"姗姗", "qian"}


def test_price_reply_rating_newest(shelf):
    rated = {"姗姗": (20, 5, None), "liubing": (0, 0, 9000), "qian": (245, 50, 40_000), "shen": (0, 0, None)}
    for days, (name, (total, count, reply)) in enumerate(rated.items()):
        hers(name).update(
            rating_sum=total,
            rating_count=count,
            median_reply_ms=reply,
            approved_at=timezone.now() - timedelta(days=days),
        )
    assert found("price") == ["姗姗", "liubing", "qian", "shen"]
    assert found("reply")[:2] == ["liubing", "qian"]
    assert found("rating")[0] == "qian"
    assert found("newest") == ["姗姗", "liubing", "qian", "shen"]


def test_here_now_comes_first_then_who_is_rated_replies_and_keeps_orders(shelf):
    Listing.objects.update(rating_sum=45, rating_count=10, median_reply_ms=60_000)
    hers("qian").update(median_reply_ms=20_000)
    Companion.objects.filter(display_name="shen").update(completion_pm=1000)
    Companion.objects.filter(display_name="liubing").update(completion_pm=1000)
    assert found() == ["qian", "shen", "姗姗", "liubing"]
    Companion.objects.filter(display_name="shen").update(completion_pm=400)
    assert found() == ["qian", "姗姗", "shen", "liubing"]


def test_one_enthusiast_does_not_outrank_fifty(shelf):
    hers("姗姗").update(rating_sum=5, rating_count=1)
    hers("qian").update(rating_sum=245, rating_count=50)
    assert found("rating")[:2] == ["qian", "姗姗"]


def test_who_went_silent_is_not_listed_as_here_even_before_anybody_noticed(shelf):
    """Time passes without an event: the mark on the shelf is late, the list is not."""
    Companion.objects.update(seen_at=timezone.now() - ONLINE_FOR + timedelta(milliseconds=300))
    assert found(online=True) != []
    Companion.objects.update(accepting=True)
    ShelfEntry.objects.update(online=True)
    assert len(found(online=True)) == 4
    Companion.objects.update(seen_at=timezone.now() - ONLINE_FOR)
    ShelfEntry.objects.update(online=True)
    assert found(online=True) == []


def test_whose_last_day_has_passed_is_not_found(shelf):
    today = timezone.localdate()
    ShelfEntry.objects.filter(kind="clinic").update(valid_until=today)
    assert "shen" in found()
    ShelfEntry.objects.filter(kind="clinic").update(valid_until=today - timedelta(days=1))
    assert "shen" not in found()
    assert find({"kind": "clinic"}).total == 0


def test_whose_last_day_has_passed_does_not_keep_those_who_sound_alike_from_being_found(shelf):
    gone = a_listing("duan", 2000, topics=["花山一院"])
    a_listing("huashan", 2000, topics=["华山一院"])
    Listing.objects.filter(pk=gone.pk).update(valid_until=timezone.localdate() - timedelta(days=1))
    assert set(found(words="花山一院")) == {"huashan", "shen"}


def test_what_is_typed_without_blanks_is_bounded_too():
    assert asked("a,b,c," * 40).spelled == asked("a b c a b").spelled


def test_a_blocked_pair_does_not_meet_in_lists_or_counts(shelf, client_user):
    block(by=client_user, other=Listing.objects.get(companion__display_name="shen").companion.user)
    block(by=Listing.objects.get(companion__display_name="qian").companion.user, other=client_user)
    page = find({}, without=blocked_with(client_user))
    assert {listing.companion.display_name for listing in page.listings} == {"姗姗", "liubing"}
    assert (page.total, page.facets.by_name["kind"]) == (2, {"listener": 2})
    assert find({"words": "华山"}, without=blocked_with(client_user)).total == 0
    assert find({"words": "华山"}).total == 1


@pytest.mark.parametrize("words", ["我不想活了", "不 想活了", "活着没意思", "I want to die", "suicide", "SUICIDAL"])
def test_who_may_be_in_need_is_heard(words):
    assert is_in_need(words)


@pytest.mark.parametrize("words", ["", "生活", "失恋", "不想上班", "想吃火锅", "活动", "diet", "办公楼跳绳"])
def test_who_just_looks_for_company_is_not_taken_for_one(words):
    assert not is_in_need(words)


def test_every_way_to_say_it_is_of_one_row():
    assert sum(len(row) for row in ROWS) == len(SAME)
    assert all(word == plain(word) for word in SAME)


class TestWhomABlockKeepsAway:
    """What the words mean is decided among those a reader may find: nobody else can be noticed by it."""

    def apart(self, user, name: str) -> set[int]:
        block(by=hers(name).get().companion.user, other=user)
        return blocked_with(user)

    def test_who_is_hidden_does_not_keep_those_away_who_sound_alike(self, shelf, client_user):
        a_listing("hua", companion=a_companion("hua", display_name="化杉"))
        a_listing("mountain", companion=a_companion("mountain", display_name="华山"), kind="listener")
        assert not find({"words": "化杉"}).by_sound
        page = find({"words": "化杉"}, without=self.apart(client_user, "化杉"))
        assert page.by_sound
        assert {one.companion.display_name for one in page.listings} == {"华山", "shen"}
        assert page.total == 2

    def test_it_is_as_if_she_were_not_there(self, client, shelf, client_user):
        a_listing("bee", companion=a_companion("bee", display_name="养蜂人"))
        apart = self.apart(client_user, "养蜂人")
        page = find({"words": "养蜂人"}, without=apart)
        assert (page.listings, page.unknown, page.by_sound) == ([], True, False)
        hers("养蜂人").update(status="hidden")
        assert find({"words": "养蜂人"}, without=apart) == page


class TestWhatIsShownIsWhatIsFiltered:
    @pytest.mark.parametrize(
        ("total", "count", "shown"), [(2698, 600, 4.4), (9, 2, 4.5), (24, 5, 4.8), (479, 100, 4.7)]
    )
    def test_stars(self, client, shelf, total, count, shown):
        hers("姗姗").update(rating_sum=total, rating_count=count)
        page = client.get("/browse/", {"q": "姗姗"}).content.decode()
        assert f"{shown} · {count}" in page
        assert [found(rating=least) == ["姗姗"] for least in (4000, 4500, 4800)] == [
            shown * 1000 >= least for least in (4000, 4500, 4800)
        ]

    @pytest.mark.parametrize(("ms", "shown"), [(0, 1), (14_001, 15), (15_000, 15), (15_400, 16), (30_001, 31)])
    def test_reply_times(self, client, shelf, ms, shown):
        hers("姗姗").update(median_reply_ms=ms)
        page = client.get("/browse/", {"q": "姗姗"}, HTTP_ACCEPT_LANGUAGE="en").content.decode()
        assert f"Usually replies in {shown} s" in page
        assert [found(reply=most) == ["姗姗"] for most in (15, 30, 60)] == [shown <= most for most in (15, 30, 60)]
