from contextlib import suppress
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from bookings import services
from bookings.models import Booking
from common.money import format_yuan


class Command(BaseCommand):
    help = "Tell one bill again from its stretches, line by line beside the ledger. Exits 1 where the two differ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("booking", help="its number (B7K2-91QF) or id")

    def handle(self, *args: Any, **options: Any) -> None:
        explanation = services.explain(_found(options["booking"]))
        for words in explanation.story:
            self.stdout.write(words)
        for line in explanation.lines:
            verdict = "" if line.agrees else "   DIFFERS"
            self.stdout.write(f"{line.name:<52} {format_yuan(line.due):>12} {format_yuan(line.booked):>12}{verdict}")
        if not explanation.agrees:
            raise CommandError("The ledger says something else.")
        self.stdout.write("The ledger says the same.")


def _found(asked: str) -> Booking:
    known = Q(code=asked.upper())
    with suppress(ValueError):
        known |= Q(pk=UUID(asked))
    booking = Booking.objects.select_related("terms", "turn", "client", "companion").filter(known).first()
    if booking is None:
        raise CommandError(f"There is no booking {asked}.")
    return booking
