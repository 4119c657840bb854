"""Everybody is connected: what web processes write of it, each 15 s: python -m bench.meter.here"""

import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
django.setup()

from accounts.models import User  # noqa: E402
from common import presence  # noqa: E402
from common.clock import database_now_ms  # noqa: E402


def write(users: list[int]) -> None:
    now = database_now_ms()
    for first in range(0, len(users), presence.CHUNK):
        presence.client().zadd(presence.KEY, dict.fromkeys(map(str, users[first : first + presence.CHUNK]), now))


if __name__ == "__main__":
    everybody = list(User.objects.values_list("pk", flat=True))
    while True:
        write(everybody)
        time.sleep(presence.WRITE_EVERY_S)
