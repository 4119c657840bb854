"""The process's few connections for all of its sockets."""

import asyncpg
from django.conf import settings

from common.patience import SHORT_MS

# Trouble that goes by: the database is restarting, busy or slow. Whether anything was written is not known.
PASSING = (
    OSError,
    asyncpg.InterfaceError,
    # The server said that it ends the connection, and has not cut it yet.
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
)
COMMAND_TIMEOUT_S = 10
POOL = 5


async def open_pool() -> asyncpg.Pool:
    """With the limits of Django's own connections (PATIENCE in the settings, and what the address says itself), but
    less patience for a lock: few connections serve all sockets, and a page sends again what was refused."""
    db = settings.DATABASES["default"]
    return await asyncpg.create_pool(
        host=db["HOST"] or None,
        port=db["PORT"] or None,
        user=db["USER"] or None,
        password=db["PASSWORD"] or None,
        database=db["NAME"],
        min_size=1,
        max_size=POOL,
        command_timeout=COMMAND_TIMEOUT_S,
        server_settings={"options": f"{db['OPTIONS']['options']} -c lock_timeout={SHORT_MS}"},
    )
