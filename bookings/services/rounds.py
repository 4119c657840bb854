"""Going through what waits: oldest first, page by page, for a while."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet

PAGE = 200
# After so long a round begins nothing more: the next tick's meter waits for it.
ROUND_S = 2
Place = TypeVar("Place")


class Rounds(Generic[Place]):
    """A round that ran out of time is gone on with by the next one of this process, so that rows that fail each time
    keep nobody from his turn."""

    def __init__(self) -> None:
        self._after: Place | None = None

    def through(self, page: Callable[[Place | None], Sequence[Place]]) -> Iterator[Place]:
        """`page` gives the first PAGE places after one, or of all."""
        ends = time.monotonic() + ROUND_S
        # At the end there may be time for those before it.
        for first in dict.fromkeys((self._after, None)):
            for self._after in _from(first, page):
                yield self._after
                if time.monotonic() > ends:
                    return
            self._after = None


def places(due: QuerySet[Any], after: tuple[Any, Any] | None, *, at: str, row: str) -> list[tuple[Any, Any]]:
    """A page of what is due, as places: by its moment, in the column `at`, and which it is, in `row`."""
    if after:
        due = due.filter(Q(**{f"{at}__gt": after[0]}) | Q(**{at: after[0], f"{row}__gt": after[1]}))
    return list(due.order_by(at, row).values_list(at, row)[:PAGE])


def contained(attempt: Callable[[], bool], log: logging.Logger, words: str, row: object) -> bool:
    """What the attempt says. One that fails is logged, in words that name the row, and keeps nobody from his turn."""
    try:
        return attempt()
    except Exception:
        log.exception(words, row)
        return False


def _from(after: Place | None, page: Callable[[Place | None], Sequence[Place]]) -> Iterator[Place]:
    full = True
    while full:
        places = page(after)
        yield from places
        full = len(places) == PAGE
        after = places[-1] if full else None
