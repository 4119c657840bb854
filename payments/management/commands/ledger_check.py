from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments.services.books import check_books


class Command(BaseCommand):
    help = "Prove the books: sums, balances, each order, the ledger against Stripe. Exits 1 with the differences."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--without-stripe", action="store_true", help="leave Stripe's balance out")

    def handle(self, *args: Any, **options: Any) -> None:
        problems = check_books(with_stripe=not options["without_stripe"])
        if problems:
            raise CommandError("\n".join(problems))
        self.stdout.write("The books balance.")
