"""People and listings of the demonstration, written by hand; each file is a list of persons with their listings."""

import json
from itertools import zip_longest
from pathlib import Path
from typing import Any

PUBLISHED = ("listeners", "clinic", "dining")
WAITING = ("waiting",)
FEN = 100
# Weekly hours of each kind as (weekdays, from, hours): listeners when others cannot sleep, hospitals in the morning,
# meals at noon and in the evening.
HOURS = {
    "listener": (("01236", 20, 6), ("45", 21, 7), ("56", 10, 4)),
    "clinic": (("01234", 7, 10), ("5", 7, 5)),
    "dining": (("01234", 18, 4), ("56", 11, 11)),
}
# Who can only be booked for a time and shows how that goes: at any hour, so that nobody waits until tomorrow to see it.
ALWAYS = (("0123456", 0, 24),)


def people(*files: str) -> list[dict[str, Any]]:
    """The persons of the files, one of each in turn, so that the newest are a mixture."""
    rows = zip_longest(*(_read(name) for name in files))
    return [person for row in rows for person in row if person]


def _read(name: str) -> list[dict[str, Any]]:
    return json.loads((Path(__file__).parent / f"{name}.json").read_text("utf-8"))


def address(person: dict[str, Any]) -> str:
    return f"{person['email']}@example.com"


def text_of(listing: dict[str, Any]) -> dict[str, Any]:
    """The values of a `ListingText`; money is in whole yuan in the files and in fen here."""
    plain = {name: value for name, value in listing.items() if name not in ("price", "hours", "overtime")}
    plain["price_fen"] = listing["price"] * FEN
    if "hours" in listing:
        plain |= {"included_hours": listing["hours"], "overtime_fen": listing["overtime"] * FEN}
    return plain


def hours_of(person: dict[str, Any]) -> list[tuple[int, int, int]]:
    """(weekday, minutes after midnight, minutes) of each week, as the first kind a person offers suggests."""
    hours = ALWAYS if person.get("always") else HOURS[person["listings"][0]["kind"]]
    return [(int(weekday), start * 60, length * 60) for weekdays, start, length in hours for weekday in weekdays]
