from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bookings import services


class Command(BaseCommand):
    help = "Recount each listing's stars from the reviews that are up. Exits 1 with the differences."

    def handle(self, *args: Any, **options: Any) -> None:
        problems = services.check_ratings()
        if problems:
            raise CommandError("\n".join(problems))
        self.stdout.write("Every rating is the sum of its reviews.")
