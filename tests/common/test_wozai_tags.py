"""The tags every template has: money, clocks, icons, faces, query strings."""

from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from common.templatetags import wozai


def rendered(source: str, **context) -> str:
    return Template(source).render(Context(context))


@pytest.mark.parametrize(("fen", "words"), [(2000, "¥20"), (366, "¥3.66"), (0, "¥0"), (-50, "-¥0.50"), (None, "")])
def test_yuan(fen, words):
    assert wozai.yuan(fen) == words


@pytest.mark.parametrize(
    ("ms", "words"),
    [(0, "00:00"), (999, "00:00"), (1_116_000, "18:36"), (3_725_000, "1:02:05"), (-5, "00:00"), (None, "")],
)
def test_clock_rounds_whole_seconds_down(ms, words):
    assert wozai.clock(ms) == words


@pytest.mark.parametrize(("ms", "words"), [(24_000, "24 s"), (60_000, "1 min"), (652_999, "10 min 52 s"), (None, "")])
def test_spell(ms, words):
    with translation.override("en"):
        assert wozai.spell(ms) == words


@pytest.mark.parametrize(
    ("ms", "words"), [(0, "1 s"), (1, "1 s"), (15_000, "15 s"), (15_400, "16 s"), (59_001, "1 min"), (None, "")]
)
def test_spell_up(ms, words):
    with translation.override("en"):
        assert wozai.spell_up(ms) == words


@pytest.mark.parametrize(("left", "granted", "part"), [(0, 0, 0), (900, 1800, 50), (1800, 1800, 100), (-1, 1800, 0)])
def test_ring_part_stays_between_0_and_100(left, granted, part):
    assert wozai.ring_part(left, granted) == part


def test_a_dark_window_means_that_nobody_else_is_here():
    assert wozai.windows(["小鱼"], 1) == ["小鱼", *[None] * 11]
    assert wozai.windows(range(6), 23) == [0, 1, 2, 3, 4, 5]
    assert wozai.windows(range(40), 40) == list(range(12))
    assert wozai.windows(None, 0) == [None] * 12


def test_icon_points_into_the_sprite_and_is_not_read_out():
    html = rendered('{% icon "clock" size="small" %}')
    assert 'class="icon small" aria-hidden="true"' in html
    assert "icons.svg#clock" in html


def test_query_keeps_the_other_filters():
    request = RequestFactory().get("/browse/", {"city": "上海", "page": "2"})
    assert rendered("{% query page=3 %}", request=request) == "?city=%E4%B8%8A%E6%B5%B7&page=3".replace("&", "&amp;")
    assert rendered("{% query city=None page=None %}", request=request) == "?"


def test_face_says_presence_and_escapes_the_name():
    who = SimpleNamespace(display_name="<b>姗姗", avatar_seed="7", gender="female", is_online=True)
    with translation.override("en"):
        html = rendered('{% face who size="l" named=True %}', who=who)
    assert '<span class="face l on">' in html
    assert "&lt;b&gt;姗姗, online now" in html


def test_face_of_a_user_without_a_seed_is_drawn_from_the_key():
    someone, other = SimpleNamespace(pk=1, display_name="小鱼"), SimpleNamespace(pk=2, display_name="小鱼")
    assert wozai.face(someone) == wozai.face(someone) != wozai.face(other)
    assert 'class="sr"' not in wozai.face(someone)


def test_unknown_face_size_is_the_middle_one():
    assert '"face m"' in wozai.face(SimpleNamespace(pk=1, display_name="小鱼"), size="huge")


@pytest.mark.parametrize(("basis_points", "words"), [(1500, "15%"), (1250, "12.5%"), (1205, "12.05%"), (0, "0%")])
def test_the_platforms_share_in_words(settings, basis_points, words):
    settings.PLATFORM_FEE_BASIS_POINTS = basis_points
    assert wozai.platform_share() == words


def test_what_is_hers_is_what_the_ledger_will_give_her(settings):
    settings.PLATFORM_FEE_BASIS_POINTS = 1500
    assert [wozai.after_share(fen) for fen in (1000, 999, 1)] == [850, 850, 1]
