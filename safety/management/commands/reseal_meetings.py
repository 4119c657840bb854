from typing import Any

from django.core.management.base import BaseCommand

from safety import services


class Command(BaseCommand):
    help = "Seals tokens of links and positions under the first of DOCUMENT_KEYS, as reseal_documents does for papers."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{services.reseal_meetings()} values are sealed with the first key.")
