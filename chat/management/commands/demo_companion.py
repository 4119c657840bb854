import asyncio
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from chat.demo.companion import DemoCompanion
from listings.models import Companion


class Command(BaseCommand):
    help = "Development only: the demonstration companions go online, accept within seconds and answer over the socket."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Demonstration companions exist only with DEBUG on.")
        Companion.objects.filter(is_demo=True).update(accepting=True)
        people = list(User.objects.filter(companion__is_demo=True, is_active=True))
        if not people:
            raise CommandError("There is nobody to show: run `manage.py seed_demo` first.")
        self.stdout.write(f"{len(people)} demonstration companions are online.")
        asyncio.run(live(people))


async def live(people: list[User]) -> None:
    await asyncio.gather(*(DemoCompanion(user).run() for user in people))
