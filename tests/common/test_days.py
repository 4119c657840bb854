"""A day and a wait, in the order and with the words of each language."""

from datetime import date, datetime, timedelta

import pytest
from django.utils.timesince import timesince
from django.utils.translation import override

from common.templatetags.wozai import whole_day


@pytest.mark.parametrize(("language", "said"), [("en", "Thursday, November 26"), ("zh-hans", "11月26日 星期四")])
def test_a_day_with_its_weekday(language, said):
    with override(language):
        assert whole_day(date(2026, 11, 26)) == said


@pytest.mark.parametrize(("hours", "said"), [(5.5, "5 小时 30 分钟"), (48, "2 天")])
def test_a_wait_is_said_as_people_say_it(hours, said):
    now = datetime(2026, 11, 26, 10)  # noqa: DTZ001 - only the difference counts
    with override("zh-hans"):
        assert timesince(now - timedelta(hours=hours), now).replace("\xa0", " ") == said
