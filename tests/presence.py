"""Presence as web processes would have written it down."""

from collections.abc import Iterator

import pytest

from accounts.models import User
from common import presence
from common.clock import database_now_ms

DAY = 24 * 3_600_000


def seen(user: User | int, at_ms: int) -> None:
    """Last connected at that moment."""
    presence.client().zadd(presence.KEY, {str(getattr(user, "pk", user)): at_ms})


def seen_late(user: User | int, at_ms: int) -> None:
    """The same, and written down only when sweeps may have gone by that moment."""
    seen(user, at_ms)
    presence.owe([getattr(user, "pk", user)])


def complete_since(ms: int) -> None:
    presence.client().set(presence.SINCE, ms)


def look_again() -> None:
    """The next round looks at everybody, whenever the last one did."""
    presence.client().delete(f"{presence.KEY}:look")


def no_look() -> None:
    """Nobody looks at everybody until look_again()."""
    presence.client().set(f"{presence.KEY}:look", 1)


def looked(at_ms: int) -> None:
    """Somebody looked at everybody then, to the end."""
    presence.write_moment("looked", at_ms)


@pytest.fixture
def for_days(monkeypatch) -> Iterator[None]:
    """Redis has been up, and all of presence known, for days."""
    monkeypatch.setattr(presence, "floor_ms", lambda *, since_ms, info, now_ms: since_ms)
    complete_since(database_now_ms() - DAY)
    yield
