import logging
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from bookings import services
from bookings.signals import ticked_alone

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Meter everything that is due, without Celery: once, or every second for when the broker is down."

    def add_arguments(self, parser: CommandParser) -> None:
        how = parser.add_mutually_exclusive_group(required=True)
        how.add_argument("--once", action="store_true")
        how.add_argument("--forever", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(f"{services.tick()} bookings handled")
        while options["forever"]:
            try:
                services.tick()
                ticked_alone.send(Command)
            except Exception:
                log.exception("the next round comes in a second")
            close_old_connections()
            time.sleep(1)
