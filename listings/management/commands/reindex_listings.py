from typing import Any

from django.core.management.base import BaseCommand

from listings import services


class Command(BaseCommand):
    help = "Reads the words of all listings on the shelf again, as after a change of how words are cut."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{services.reindex()} listings read.")
