from typing import Any

from django.core.management.base import BaseCommand

from bookings import services


class Command(BaseCommand):
    help = "Compute the measured figures of every companion again, from the orders and replies of the last 90 days."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{services.measure_all()} companions measured")
