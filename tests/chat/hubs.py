"""The sockets of two processes, in one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from chat.live.hub import Hub
from chat.live.log import open_pool


@asynccontextmanager
async def a_hub() -> AsyncIterator[Hub]:
    hub = Hub(await open_pool())
    try:
        yield hub
    finally:
        await hub.close()


@pytest.fixture
async def here() -> AsyncIterator[Hub]:
    async with a_hub() as hub:
        yield hub


@pytest.fixture
async def there() -> AsyncIterator[Hub]:
    async with a_hub() as hub:
        yield hub
