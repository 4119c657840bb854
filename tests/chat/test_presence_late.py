"""Who is written down as gone long after he went: sweeps have gone by that moment, and are told."""

import asyncio
from types import SimpleNamespace

import pytest

from chat.live.presence import Presence
from common import presence

NOW = 1_700_000_000_000
HER = 7


@pytest.mark.parametrize(("ago_ms", "owed"), [(presence.LATE_MS, []), (presence.LATE_MS + 1, [HER])])
async def test_she_is_owed_when_she_is_written_down_late(ago_ms, owed):
    """As when she arrived, and the database did not take it: she is gone as before."""
    process = Presence(pool=None, clock=SimpleNamespace(now_ms=NOW))
    await process._as_before(HER, presence.LastSeen(NOW - ago_ms, True))
    await process.close()
    assert presence.client().zscore(presence.KEY, HER) == NOW - ago_ms
    assert presence.noted(NOW, draw=9) == owed


async def test_a_thousand_who_leave_at_once_are_written_in_a_few_words(monkeypatch):
    process = Presence(pool=None, clock=SimpleNamespace(now_ms=NOW))
    written = []
    plain = process._put

    async def counting(scores):
        written.append(len(scores))
        await plain(scores)

    monkeypatch.setattr(process, "_put", counting)
    process.here = set(range(1000))
    await asyncio.gather(*(left(process, user) for user in range(1000)))
    await process.close()
    assert sum(written) == 1000 and len(written) <= 2
    assert presence.client().zcard(presence.KEY) >= 1000


async def left(process, user):
    process.depart(user)
    await process.write_left()
