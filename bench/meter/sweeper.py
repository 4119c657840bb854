"""A sweeper that waits for its start, so that two can begin at once: python -m bench.meter.sweeper

Says "ready", and after a line on its input works off what is due and answers "sessions seconds".
"""

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
django.setup()

from django.db import connection  # noqa: E402

from bookings import services  # noqa: E402

if __name__ == "__main__":
    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.monotonic()
    handled = services.sweep()
    print(handled, time.monotonic() - began, flush=True)
