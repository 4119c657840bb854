"""The orders of the browse page. Each is one number of the shelf, the larger the earlier, and the listing's id.

Recommended: who is here now comes first; among them points for the rating, the measured reply time and completion
decide (listings/sql/standing.sql). Among those who are here, and again among those who are not, every sixth place
belongs to a newcomer as long as there are any, in the same order among themselves. It is the same for everybody,
nobody can pay for a place, and nothing in it is random.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from django.db import models
from django.db.models import BigIntegerField, BooleanField, F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

PAGE_SIZE = 18
NEWCOMERS_PLACE = 6  # PAGE_SIZE is a multiple of it, so that each page begins anew
T = TypeVar("T")


class Sort(models.TextChoices):
    RECOMMENDED = "recommended", _("Recommended")
    PRICE = "price", _("Lowest price")
    REPLY = "reply", _("Fastest reply")
    RATING = "rating", _("Best rating")
    NEWEST = "newest", _("Newest")


COLUMNS = {
    Sort.RECOMMENDED: "by_standing",
    Sort.PRICE: "by_price",
    Sort.REPLY: "by_reply",
    Sort.RATING: "by_rating",
    Sort.NEWEST: "by_newest",
}
# Each stream is in order by itself; a page is made of them by `shared`.
STREAMS = {Sort.RECOMMENDED: (Q(newcomer=False), Q(newcomer=True))}

Position = tuple[int, int]  # the sort's number and the listing's id of the last one shown


def streams(sort: Sort) -> tuple[Q, ...]:
    return STREAMS.get(sort, (Q(),))


def shared(established: Sequence[T], newcomers: Sequence[T], here: Callable[[T], bool]) -> Iterator[T]:
    """Both in one row. Who is here comes before who is not; among equals in that the places 6, 12, 18 … are for
    newcomers and the others are not; what one side leaves the other has."""
    old, new = deque(established), deque(newcomers)
    for place in count(1):
        if not old or not new:
            break
        if here(old[0]) != here(new[0]):
            first = old if here(old[0]) else new
        else:
            first = new if place % NEWCOMERS_PLACE == 0 else old
        yield first.popleft()
    yield from old or new


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next page begins: for each stream the last one shown, None while none was."""

    sort: Sort
    last: tuple[Position | None, ...]

    def __str__(self) -> str:
        return "_".join([self.sort, *("-" if last is None else f"{last[0]}.{last[1]}" for last in self.last)])


def cursor(text: str, sort: Sort) -> Cursor:
    """The cursor a page was asked with; one that is broken, or of another sort, is the beginning."""
    name, *parts = text.split("_")
    sides = len(streams(sort))
    if name != sort or len(parts) != sides or not all(map(_POSITION.fullmatch, parts)):
        return Cursor(sort, (None,) * sides)
    return Cursor(sort, tuple(_position(part) for part in parts))


# As long as a bigint may be, less a digit: whatever is typed here goes to the database.
_POSITION = re.compile(r"-|-?[0-9]{1,18}\.[0-9]{1,18}", re.ASCII)


def _position(part: str) -> Position | None:
    if part == "-":
        return None
    merit, pk = part.split(".")
    return int(merit), int(pk)


def after(sort: Sort, position: Position | None) -> Q:
    """Those that come after it in the sort; a row comparison, which an index on both columns answers."""
    if position is None:
        return Q()
    column = COLUMNS[sort]
    here = Func(F(column), F("listing_id"), function="ROW")
    there = Func(*(Value(number, BigIntegerField()) for number in position), function="ROW")
    return Q(Func(here, there, template="%(expressions)s", arg_joiner=" < ", output_field=BooleanField()))
