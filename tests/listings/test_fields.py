import pytest
from django.forms import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from listings.fields import TopicsField, YuanField


@pytest.mark.parametrize(("typed", "fen"), [("20", 2000), ("0.5", 50), (" 35.80 ", 3580), ("１２", 1200), ("", None)])
def test_yuan_typed_are_fen_kept(typed, fen):
    assert YuanField(required=False).clean(typed) == fen


@pytest.mark.parametrize("typed", ["9.99", "300.01", "12.345", "-20", "NaN", "Infinity", "1e309", "¥20", "二十"])
def test_what_is_no_price_is_refused(typed):
    with pytest.raises(ValidationError):
        YuanField(min_fen=1000, max_fen=30000).clean(typed)


@given(st.integers(min_value=0, max_value=1_000_000))
def test_what_is_shown_reads_back_the_same(fen):
    field = YuanField()
    assert field.clean(field.prepare_value(fen)) == fen


@pytest.mark.parametrize(
    ("line", "topics"),
    [
        ("职场 失恋", ["职场", "失恋"]),
        ("职场，失恋、#睡不着; 考研,职场", ["职场", "失恋", "睡不着", "考研"]),
        (" 、 职场 ", ["职场"]),
    ],
)
def test_topics_in_one_line(line, topics):
    assert TopicsField().clean(line) == topics
    assert TopicsField().clean(TopicsField().prepare_value(topics)) == topics


@pytest.mark.parametrize("line", ["", "、，", "一 二 三 四 五 六 七 八 九", "这个话题实在是太长了点"])
def test_topics_that_do_not_do(line):
    with pytest.raises(ValidationError):
        TopicsField().clean(line)
