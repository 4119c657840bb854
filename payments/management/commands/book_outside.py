from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from common.money import FEN_PER_YUAN, format_yuan
from payments.errors import NotOutside
from payments.management.answering import somebody_of_finance
from payments.models import Outside
from payments.services.outside import book_outside


class Command(BaseCommand):
    help = "Take money that went over a bank account of our own, or a debt that is let go, into our books."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=Outside.Kind.values)
        parser.add_argument("ref", type=UUID, help="the reference of the order it was for")
        parser.add_argument("whose", help="the e-mail address of who got it, or owed it")
        parser.add_argument("yuan", help="how much it was: 12.50")
        parser.add_argument("--number", required=True, help="what the transfer, or the decision, is known by")
        parser.add_argument("--by", required=True, help="the e-mail address of who of finance answers for it")
        parser.add_argument("--again", action="store_true", help="the same sum once more, under another number")
        parser.add_argument("--why", required=True, help="why it was done, for whoever reads the books later")

    def handle(self, *args: Any, whose: str, yuan: str, by: str, **told: Any) -> None:
        what = {name: told[name] for name in ("kind", "ref", "number", "why", "again")}
        somebody, answers = User.objects.filter(email__iexact=whose).first(), somebody_of_finance(by)
        if somebody is None:
            raise CommandError(f"Nobody has the address {whose}.")
        try:
            done = book_outside(whose=somebody, amount=_fen(yuan), by=answers, **what)
        except NotOutside as error:
            raise CommandError(f"{what['number']}: {error}.") from error
        self.stdout.write(f"{format_yuan(done.amount)}: booked under {done.number}.")


def _fen(yuan: str) -> int:
    try:
        fen = Decimal(yuan) * FEN_PER_YUAN
    except InvalidOperation as error:
        raise CommandError(f"{yuan} is no sum in yuan.") from error
    if fen <= 0 or fen != int(fen):
        raise CommandError(f"{yuan} is no sum in yuan.")
    return int(fen)
