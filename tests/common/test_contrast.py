"""Every pair of colours that carries words or shapes is readable (WCAG AA) in both themes."""

import re
from pathlib import Path

import pytest

TOKENS = Path("static/css/tokens.css")

WORDS = [
    *(("ink", ground) for ground in ("paper", "card", "sunk", "lamp-soft", "live-soft", "alarm-soft", "rest-soft")),
    *(("ink-soft", ground) for ground in ("paper", "card", "sunk", "lamp-soft", "live-soft", "rest-soft")),
    *(("lamp", ground) for ground in ("paper", "card")),
    *(("lamp-deep", ground) for ground in ("paper", "card", "lamp-soft")),
    *(("live", ground) for ground in ("paper", "card", "live-soft")),
    *(("rest", ground) for ground in ("paper", "card", "sunk", "rest-soft")),
    *(("alarm", ground) for ground in ("paper", "card", "alarm-soft", "lamp-soft")),
    ("on-lamp", "lamp"),
    ("on-lamp", "lamp-deep"),
    ("on-alarm", "alarm"),
    ("paper", "ink"),
    *((ink, ground) for ink in ("on-night", "on-night-soft", "glow") for ground in ("night", "night-raised")),
]
SHAPES = [("edge", "paper"), ("edge", "card"), ("lamp", "paper"), ("lamp", "lamp-soft"), ("live", "live-soft")]


def theme(name: str) -> dict[str, str]:
    light, dark = TOKENS.read_text().split("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    if name == "dark":
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark))
    return found


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "floor"), [(WORDS, 4.5), (SHAPES, 3.0)], ids=["words", "shapes"])
def test_pairs_are_readable(name, pairs, floor):
    colours = theme(name)
    ratios = {(ink, ground): contrast(colours[ink], colours[ground]) for ink, ground in pairs}
    assert not {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < floor}


def test_the_measure_is_right():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_dark_theme_replaces_the_ground():
    assert theme("dark")["paper"] != theme("light")["paper"]
