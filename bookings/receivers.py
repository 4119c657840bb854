"""What bookings does when payments or moderation speaks, or two people part. In the sender's transaction, so short."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from accounts.models import Block, User
from accounts.signals import user_blocked
from bookings.models import FIRST, Booking, Share, Step
from bookings.models.booking import typed_code
from bookings.services import disputed, evidence, extending, locking, missed, naming, ordering, parting, reviews
from bookings.services.books import UNSERVED, check_bookings
from bookings.signals import booking_stepped
from listings import services as listings
from moderation.models import ReviewCase
from moderation.signals import case_decided
from payments.models import Dispute, Payment
from payments.services import Evidence, Named
from payments.signals import (
    books_checked,
    dispute_changed,
    evidence_asked,
    money_moving,
    names_asked,
    payment_settled,
    payouts_asked,
    reference_asked,
)


@receiver(money_moving)
def hold_the_booking(sender: type, ref: UUID, **_: Any) -> None:
    if sender is Payment:
        locking.hold_payers(ref)
    if locking.hold_row(ref) and sender is Dispute:
        disputed.lock_money(ref)


@receiver(payment_settled)
def money_came(payment: Payment, **_: Any) -> None:
    if payment.seq == FIRST or Share.objects.filter(booking=payment.ref, payment_seq=payment.seq).exists():
        ordering.paid(ref=payment.ref, seq=payment.seq)
    else:
        extending.paid_on_top(ref=payment.ref, seq=payment.seq)


@receiver(dispute_changed)
def bank_wants_it_back(dispute: Dispute, **_: Any) -> None:
    disputed.follow(dispute)


@receiver(payouts_asked)
def not_while_a_code_is_looked_at(refs: Collection[UUID], **_: Any) -> set[UUID]:
    return missed.under_review(refs)


@receiver(names_asked)
def name_the_orders(refs: Collection[UUID], **_: Any) -> dict[UUID, Named]:
    return naming.names_of(refs)


@receiver(evidence_asked)
def say_what_was_served(ref: UUID, **_: Any) -> list[Evidence]:
    return evidence.of_order(ref)


@receiver(books_checked)
def check_each_booking(**_: Any) -> list[str]:
    return check_bookings()


@receiver(reference_asked)
def reference_of_order(text: str, **_: Any) -> UUID | None:
    return Booking.objects.filter(code=typed_code(text)).values_list("pk", flat=True).first()


@receiver(user_blocked)
def part_the_two(sender: type[Block], blocker: User, blocked: User, **_: Any) -> None:
    parting.part(by=blocker, other=blocked)


@receiver(booking_stepped)
def nothing_to_rest_from(sender: type[Step], booking: Booking, step: Step, **_: Any) -> None:
    """Of an order that never began the pause is free too: or who orders and leaves would keep her from others."""
    if step.state in UNSERVED:
        listings.give_back_time(ref=booking.pk, rest=False)


@receiver(case_decided)
def review_decided(sender: type[ReviewCase], case: ReviewCase, approved: bool, reason: str, by: User, **_: Any) -> None:
    if case.kind == reviews.CASE_KIND:
        reviews.apply_decision(review=case.target, approved=approved, reason=reason, by=by)
