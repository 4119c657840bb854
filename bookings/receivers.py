"""What bookings does when payments speaks. Inside the sender's transaction, so short."""

from typing import Any

from django.dispatch import receiver

from bookings.services import ordering
from bookings.services.books import check_bookings
from payments.models import Payment
from payments.signals import books_checked, payment_settled


@receiver(payment_settled)
def ask_the_companion(payment: Payment, **_: Any) -> None:
    ordering.paid(ref=payment.ref)


@receiver(books_checked)
def check_each_booking(**_: Any) -> list[str]:
    return check_bookings()
