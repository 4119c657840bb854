"""The limits that docs name are those of the settings."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from listings.kinds import KINDS

DOCS = Path(settings.BASE_DIR) / "docs"
UNITS = {"s": 1000, "min": 60_000}
ROW = re.compile(r"^\| .* \| (\d+) (s|min) \| `(\w+)` \|$", re.MULTILINE)
ACCEPT_MS = KINDS["listener"].accept_window_ms
SAID = {
    setting: int(number) * UNITS[unit] for number, unit, setting in ROW.findall((DOCS / "operations.md").read_text())
}


def test_all_limits_of_billed_time_are_told():
    source = (Path(settings.BASE_DIR) / "marketplace/settings.py").read_text()
    billed = source.split("# Time that is billed")[1].split("POSTING_QUANTUM_MIN")[0]
    assert {*re.findall(r"^(\w+_MS) =", billed, re.MULTILINE), "accept_window_ms"} == {*SAID}


@pytest.mark.parametrize("setting", SAID)
def test_operations_tells_the_limit_in_force(setting):
    assert SAID[setting] == getattr(settings, setting, ACCEPT_MS)


@pytest.mark.parametrize(
    ("words", "ms"),
    [
        ("accepted within {} minutes", ACCEPT_MS),
        ("first words come within {} minutes", settings.FIRST_MESSAGE_WINDOW_MS),
        ("until {} minutes after `starts_ms`", settings.LATE_LIMIT_MS),
        ("stood for {} minutes", settings.PAUSE_LIMIT_MS),
        ("pauses are {} minutes in all", settings.CLIENT_PAUSE_LIMIT_MS),
    ],
)
def test_the_protocol_tells_the_limit_in_force(words, ms):
    page = " ".join((DOCS / "protocol.md").read_text().split())
    assert words.format(ms // 60_000) in page
