import pytest

from common.words import tidy


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  好。\n", "好。"),
        ("一\r\n二\r三", "一\n二\n三"),
        ("一\n\n \n\n二", "一\n\n二"),
        ("\u200b\u2060\ufeff \u3164", ""),
        ("加\u200b我\u202e微信\u2066", "加我微信"),
        ("\u200d好\u200d", "好"),
        ("👩\u200d🦰", "👩\u200d🦰"),
        ("", ""),
    ],
)
def test_what_nobody_can_see_is_not_kept(typed, kept):
    assert tidy(typed) == kept
