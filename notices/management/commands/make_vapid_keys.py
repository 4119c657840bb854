from typing import Any

from django.core.management.base import BaseCommand

from notices.services import new_keys


class Command(BaseCommand):
    help = "Prints a new key for VAPID_PRIVATE_KEY. Devices that were subscribed with another one have to ask again."

    def handle(self, **_: Any) -> None:
        secret, public = new_keys()
        self.stdout.write(f"VAPID_PRIVATE_KEY={secret}")
        self.stderr.write(f"Browsers are told {public}; nothing needs to be done with that.")
