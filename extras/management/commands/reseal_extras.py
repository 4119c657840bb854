from typing import Any

from django.core.management.base import BaseCommand

from extras import services


class Command(BaseCommand):
    help = "Seals the photos of receipts under the first of DOCUMENT_KEYS, as reseal_documents does for papers."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{services.reseal_extras()} photos are sealed with the first key.")
