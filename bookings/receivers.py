"""What bookings does when payments or moderation speaks. Inside the sender's transaction, so short."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from bookings.services import ordering, reviews
from bookings.services.books import check_bookings
from moderation.models import ReviewCase
from moderation.signals import case_decided
from payments.models import Payment
from payments.signals import books_checked, payment_settled


@receiver(payment_settled)
def ask_the_companion(payment: Payment, **_: Any) -> None:
    ordering.paid(ref=payment.ref)


@receiver(books_checked)
def check_each_booking(**_: Any) -> list[str]:
    return check_bookings()


@receiver(case_decided)
def review_decided(sender: type[ReviewCase], case: ReviewCase, approved: bool, reason: str, by: User, **_: Any) -> None:
    if case.kind == reviews.CASE_KIND:
        reviews.apply_decision(review=case.target, approved=approved, reason=reason, by=by)
