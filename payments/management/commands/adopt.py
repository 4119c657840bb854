from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.money import format_yuan
from payments.errors import NotByHand
from payments.management.answering import somebody_of_finance
from payments.services.reconciling import adopt


class Command(BaseCommand):
    help = "Take a refund or transfer that somebody made in the payment provider's dashboard into our books."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="its id at the payment provider, as the finding names it")
        parser.add_argument("ref", type=UUID, help="the reference of the order it was made for")
        parser.add_argument("--by", required=True, help="the e-mail address of who of finance answers for it")
        parser.add_argument("--why", required=True, help="why it was made, for whoever reads the books later")

    def handle(self, *args: Any, source: str, ref: UUID, by: str, why: str, **options: Any) -> None:
        try:
            done = adopt(source=source, ref=ref, by=somebody_of_finance(by), why=why)
        except NotByHand as error:
            raise CommandError(f"{source}: {error}.") from error
        whose = "the payer's own went back" if done.refund_id else "at the platform's cost"
        self.stdout.write(f"{format_yuan(done.amount)}: {whose}.")
