from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.money import format_yuan
from payments.services.payouts.again import request_payout_again


class Command(BaseCommand):
    help = "Let an earning whose payout was refused be sent off again, after somebody has looked at why."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ref", type=UUID, help="the reference, as finance was told it")

    def handle(self, *args: Any, ref: UUID, **options: Any) -> None:
        earning = request_payout_again(ref=ref)
        if earning is None:
            raise CommandError(f"Nothing of {ref} is stopped.")
        self.stdout.write(f"{format_yuan(earning.amount - earning.kept)} goes off with the next release.")
