import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from bookings import services


class Command(BaseCommand):
    help = "Meter everything that is due, without Celery: once, or every second for when the broker is down."

    def add_arguments(self, parser: CommandParser) -> None:
        how = parser.add_mutually_exclusive_group(required=True)
        how.add_argument("--once", action="store_true")
        how.add_argument("--forever", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            handled = services.sweep() + services.run_due()
            if options["once"]:
                self.stdout.write(f"{handled} bookings handled")
                return
            close_old_connections()
            time.sleep(1)
