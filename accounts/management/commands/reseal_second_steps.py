from typing import Any

from django.core.management.base import BaseCommand

from accounts import services


class Command(BaseCommand):
    help = "Seals each second step under the first of DOCUMENT_KEYS; after it the other keys can be taken away."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{services.reseal_second_steps()} second steps are sealed with the first key.")
