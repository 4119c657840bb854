"""What the share card needs besides the listing's columns: its address, a QR code of it, a headline in lines.

Lengths are units of the card, which is 600 wide.
"""

from typing import Any
from unicodedata import east_asian_width

import segno
from django.conf import settings

from common.avatars import portrait
from listings.models import Listing

HEIGHT, LINE_HEIGHT = 840, 48
QUIET_ZONE = 4
LINE_WIDTH = 14
MOST_LINES = 3
NARROW = 0.56


def address_of(listing: Listing) -> str:
    """Where the listing is on the web, whole."""
    return settings.SITE_URL + listing.get_absolute_url()


def drawn(listing: Listing) -> dict[str, Any]:
    """What templates/listings/card.svg draws; `lift` is how far all below a short headline moves up."""
    companion, lines = listing.companion, lines_of(listing.headline)
    path, modules = qr_path(address_of(listing))
    face = portrait(companion.avatar_seed, companion.gender)
    return {"face": face, "lines": lines, "lift": _lift(lines), "qr_path": path, "qr_modules": modules}


def height_of(listing: Listing) -> int:
    return HEIGHT - _lift(lines_of(listing.headline))


def qr_path(text: str) -> tuple[str, int]:
    """The dark modules of a QR code as the `d` of one SVG path, and how many modules it is wide with its quiet zone.

    Level M: a seventh of it may be dirty or covered. One unit is one module.
    """
    matrix = segno.make_qr(text, error="m", boost_error=False).matrix
    size = len(matrix) + 2 * QUIET_ZONE
    dark = (
        f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h1v1h-1z"
        for y, row in enumerate(matrix)
        for x, module in enumerate(row)
        if module
    )
    return "".join(dark), size


def lines_of(text: str, width: float = LINE_WIDTH) -> list[str]:
    """The text in lines of at most `width` Chinese characters; what does not fit in three ends in an ellipsis.

    A picture does not wrap by itself. A Latin letter counts about half; a line breaks anywhere, as Chinese does.
    """
    lines = [""]
    room = width
    for letter in text.strip():
        wide = _width(letter)
        if wide > room and not _hangs(letter):
            lines.append("")
            room = width
        lines[-1] += letter
        room -= wide
    shown = [line.strip() for line in lines]
    return shown if len(shown) <= MOST_LINES else [*shown[: MOST_LINES - 1], shown[MOST_LINES - 1][:-1] + "…"]


def _lift(lines: list[str]) -> int:
    return (MOST_LINES - len(lines)) * LINE_HEIGHT


def _width(letter: str) -> float:
    return 1 if east_asian_width(letter) in "WF" else NARROW


def _hangs(letter: str) -> bool:
    """Chinese never begins a line with one of these."""
    return letter in "，。！？；：、）》”’…"
