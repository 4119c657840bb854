"""The sockets' connections wait as long as all others of the product, and let go of what they hold as soon."""

import asyncio
import time

import asyncpg
import pytest

from chat.live.log import PASSING, POOL, open_pool
from common.patience import LIMITS, SHORT_MS

pytestmark = pytest.mark.django_db(transaction=True)
HELD = "SELECT 1 FROM accounts_user WHERE id = $1 FOR UPDATE"


@pytest.fixture
def more_patience(settings, monkeypatch):
    """What the address says itself comes last."""
    given = settings.DATABASES["default"]["OPTIONS"]

    def say(limits: str) -> None:
        monkeypatch.setitem(given, "options", f"{given['options']} {limits}")

    return say


async def limits(connection: asyncpg.Connection) -> list[str]:
    return [await connection.fetchval(f"SHOW {limit}") for limit in LIMITS]


async def test_they_are_those_of_the_product_whoever_had_the_connection_before():
    async with await open_pool() as pool:
        for _ in range(2):
            async with pool.acquire() as connection:
                assert await limits(connection) == ["500ms", "2min"]
                await connection.execute("SET lock_timeout = 0")


async def test_what_the_address_itself_says_wins(more_patience):
    more_patience("-c idle_in_transaction_session_timeout=9s")
    async with await open_pool() as pool, pool.acquire() as connection:
        assert await limits(connection) == ["500ms", "9s"]


async def test_a_row_that_somebody_holds_is_not_waited_for_for_ever(client_user):
    async with await open_pool() as pool, pool.acquire() as first, first.transaction():
        await first.execute(HELD, client_user.pk)
        with pytest.raises(asyncpg.LockNotAvailableError) as trouble:
            await pool.fetch(HELD, client_user.pk)
    assert isinstance(trouble.value, PASSING)


async def test_who_holds_a_row_holds_up_nobody_else(client_user, other_client):
    """As many wait for it as there are connections; then somebody comes who wants another row."""
    async with await open_pool() as pool, pool.acquire() as first, first.transaction():
        await first.execute(HELD, client_user.pk)
        waiting = [asyncio.create_task(pool.fetch(HELD, client_user.pk)) for _ in range(POOL)]
        began = time.monotonic()
        assert await pool.fetchval(HELD, other_client.pk) == 1
        assert time.monotonic() - began < 2 * SHORT_MS / 1000
        refused = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(each) for each in refused} == {asyncpg.LockNotAvailableError}


async def test_a_transaction_that_hangs_is_ended_and_its_rows_are_free(more_patience, client_user):
    more_patience("-c idle_in_transaction_session_timeout=100ms")
    async with await open_pool() as pool:
        first, ended = await pool.acquire(), asyncio.Event()
        first.add_termination_listener(lambda _: ended.set())
        await first.execute("BEGIN")
        await first.execute(HELD, client_user.pk)
        assert await pool.fetchval(HELD, client_user.pk) == 1
        # Told that it is ended, but not cut yet, it can be neither asked nor given back.
        await ended.wait()
        await pool.release(first)
