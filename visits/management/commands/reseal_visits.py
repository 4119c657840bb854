from typing import Any

from django.core.management.base import BaseCommand

from visits import services


class Command(BaseCommand):
    help = "Seals what is kept of visits under the first of DOCUMENT_KEYS, as reseal_documents does for papers."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{services.reseal_visits()} values are sealed with the first key.")
