"""`make clean`."""

from devstack import orphans, places
from devstack.lock import only_one

DATA_DIR = places.CHECKOUT / ".data"


def clean() -> int:
    """Delete this checkout's data, after ending what a killed stack left running on it."""
    with only_one(DATA_DIR):
        orphans.end(DATA_DIR)
        places.forget(DATA_DIR)
    return 0
