from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.money import format_yuan
from payments.services import request_refund_again


class Command(BaseCommand):
    help = "Ask Stripe again for money of a closed order that a refund could not bring back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ref", type=UUID, help="the reference, as ledger_check tells it")

    def handle(self, *args: Any, ref: UUID, **options: Any) -> None:
        refunds = request_refund_again(ref=ref)
        if not refunds:
            raise CommandError(f"Nothing of {ref} is to be sent back.")
        self.stdout.write(f"{format_yuan(sum(refund.amount for refund in refunds))} asked for again.")
