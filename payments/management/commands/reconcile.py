from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments.services.reconciling import Finding, as_texts, reconcile


class Command(BaseCommand):
    help = "Hold the books against the payment provider's, as is done each day. Exits 1 with what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--whole", action="store_true", help="read the provider's book from its very beginning")

    def handle(self, *args: Any, whole: bool, **options: Any) -> None:
        run = reconcile(whole=whole)
        if run is None:
            raise CommandError("Another process is doing it at this moment.")
        if run.findings:
            raise CommandError("\n".join(as_texts(Finding(**finding) for finding in run.findings)))
        self.stdout.write(f"Both books are the same: {run.entries} lines, of which {run.foreign} are not ours.")
