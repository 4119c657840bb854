from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from moderation.errors import TrailBroken
from moderation.services import Head, verify

HASH_DIGITS = 64


def head(text: str) -> Head:
    number, _, found = text.partition(":")
    if not number.isdigit() or len(found) != HASH_DIGITS:
        raise ArgumentTypeError("NUMBER:HASH, as it was printed before")
    return Head(int(number), found)


class Command(BaseCommand):
    help = "Prove the audit trail: no row changed, taken out or put in between. Exits 1 with the first that is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--passes", type=head, metavar="NUMBER:HASH", help="an end printed before: that no row was cut off since"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = verify(passes=options["passes"])
        except TrailBroken as broken:
            raise CommandError(str(broken)) from broken
        self.stdout.write(f"The audit trail is whole: {found.number} rows. Note its end elsewhere:\n{found}")
