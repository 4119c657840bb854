"""The terms, as everybody may read them, tell what is charged and when the clock stops, with the settings' numbers."""

import re

import pytest

pytestmark = pytest.mark.django_db


def read(client, language: str) -> str:
    page = client.get("/terms/", headers={"accept-language": language}).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_each_limit_of_the_clock_is_that_of_the_settings(client, settings):
    settings.FIRST_MESSAGE_WINDOW_MS = 4 * 60_000
    settings.LATE_LIMIT_MS = 16 * 60_000
    settings.CLIENT_GRACE_MS = 5 * 60_000
    settings.COMPANION_GRACE_MS = 31_000
    settings.CLIENT_PAUSE_LIMIT_MS = 32 * 60_000
    settings.PAUSE_LIMIT_MS = 11 * 60_000
    text = read(client, "en")
    for words in (
        "accepted within 3 minutes, an appointment within 12 hours",
        "has not spoken 4 minutes after accepting",
        "has not begun 16 minutes after the agreed time",
        "gone for 31 seconds, the clock stops at the second it went",
        "the clock stops after 5 minutes: those minutes still count",
        "may stop the clock for 32 minutes in all",
        "stood for 11 minutes",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("language", "visit", "overtime"),
    [
        ("en", "due in full when the clock starts", "Each half hour of it counts in full once it has begun"),
        ("zh-hans", "一开始计时就收全价", "每半小时一开始就按整段收费"),
    ],
)
def test_a_visit_is_told_apart_from_what_is_priced_by_the_hour(client, language, visit, overtime):
    text = read(client, language)
    assert visit in text and overtime in text


def test_nobody_is_told_that_the_money_is_his(client):
    assert "其余归陪伴者" in read(client, "zh-hans") and "其余归你" not in read(client, "zh-hans")
