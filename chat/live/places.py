"""The sockets of this process by their user: those that are connected, and among them those that have said hello."""

import time
from collections.abc import Collection, Iterator
from operator import attrgetter

from chat.live.connection import Connection

SOCKETS_PER_USER = 5
FLOOD_S = 10


class Places:
    """A page has a place from the moment it connects; it hears from its hello on."""

    def __init__(self) -> None:
        self._all: dict[int, set[Connection]] = {}
        self._hearing: dict[int, set[Connection]] = {}
        # By user when a page of his was closed for its rate.
        self._flooded: dict[int, float] = {}

    def admit(self, page: Connection) -> Connection | None:
        """Takes one of the user's places, until `leave`. Returns the page that has to give its place: the oldest, which
        may be one whose network is gone."""
        places = self._all.setdefault(page.user_id, set())
        places.add(page)
        return min(places, key=attrgetter("id")) if len(places) > SOCKETS_PER_USER else None

    def note_flood(self, user_id: int) -> None:
        since = time.monotonic() - FLOOD_S
        self._flooded = {user: at for user, at in self._flooded.items() if at > since}
        self._flooded[user_id] = time.monotonic()

    def has_flooded(self, user_id: int) -> bool:
        """Just now: to connect again wins nothing."""
        return self._flooded.get(user_id, -FLOOD_S) > time.monotonic() - FLOOD_S

    def join(self, page: Connection) -> None:
        self._hearing.setdefault(page.user_id, set()).add(page)

    def leave(self, page: Connection) -> bool:
        """True when it was the last one of its user that hears. May be called again."""
        _take_out(self._all, page)
        return _take_out(self._hearing, page)

    def of(self, user_id: int) -> Collection[Connection]:
        return tuple(self._all.get(user_id, ()))

    def hearing(self, user_id: int) -> Collection[Connection]:
        return tuple(self._hearing.get(user_id, ()))

    @property
    def users(self) -> list[int]:
        """Who hears."""
        return list(self._hearing)

    def all(self) -> list[Connection]:
        return list(_flat(self._all))

    def all_hearing(self) -> list[Connection]:
        return list(_flat(self._hearing))


def _flat(pages: dict[int, set[Connection]]) -> Iterator[Connection]:
    return (page for of_user in pages.values() for page in of_user)


def _take_out(pages: dict[int, set[Connection]], page: Connection) -> bool:
    of_user = pages.get(page.user_id, set())
    if page not in of_user:
        return False
    of_user.discard(page)
    if of_user:
        return False
    del pages[page.user_id]
    return True
