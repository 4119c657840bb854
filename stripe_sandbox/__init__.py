"""A stateful stand-in for the Stripe API: a small ASGI program over SQLite, for development and tests."""

API_VERSION = "2026-10-28.endive"
