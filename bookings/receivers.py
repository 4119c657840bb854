"""What bookings does when payments speaks, or two people part. Inside the sender's transaction, so short."""

from typing import Any

from django.dispatch import receiver

from accounts.models import Block, User
from accounts.signals import user_blocked
from bookings.services import ordering, parting
from bookings.services.books import check_bookings
from payments.models import Payment
from payments.signals import books_checked, payment_settled


@receiver(payment_settled)
def ask_the_companion(payment: Payment, **_: Any) -> None:
    ordering.paid(ref=payment.ref)


@receiver(books_checked)
def check_each_booking(**_: Any) -> list[str]:
    return check_bookings()


@receiver(user_blocked)
def part_the_two(sender: type[Block], blocker: User, blocked: User, **_: Any) -> None:
    parting.part(by=blocker, other=blocked)
