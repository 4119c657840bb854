"""The socket's own path: asyncpg and one Redis subscription a process; no ORM, no channel layer."""
