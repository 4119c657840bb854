"""People and listings of the demonstration, written by hand; each file is a list of persons with their listings."""

import json
from functools import cache
from pathlib import Path
from typing import Any

PUBLISHED = ("listeners", "clinic", "dining")
WAITING = ("waiting",)
FEN = 100


@cache
def people(*files: str) -> list[dict[str, Any]]:
    here = Path(__file__).parent
    return [person for name in files for person in json.loads((here / f"{name}.json").read_text("utf-8"))]


def address(person: dict[str, Any]) -> str:
    return f"{person['email']}@example.com"


def text_of(listing: dict[str, Any]) -> dict[str, Any]:
    """The values of a `ListingText`; money is in whole yuan in the files and in fen here."""
    plain = {name: value for name, value in listing.items() if name not in ("price", "hours", "overtime")}
    plain["price_fen"] = listing["price"] * FEN
    if "hours" in listing:
        plain |= {"included_hours": listing["hours"], "overtime_fen": listing["overtime"] * FEN}
    return plain
