"""What extras does when payments speaks or two people part. In the sender's transaction, so short."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from accounts.models import Block, User
from accounts.signals import user_blocked
from bookings.models import Booking
from bookings.services.explaining import Line
from bookings.signals import bill_explained
from extras import services
from payments.models import Payment, Refund
from payments.services import Evidence, Named
from payments.signals import (
    books_checked,
    evidence_asked,
    money_moving,
    names_asked,
    payment_settled,
    payouts_asked,
    refund_changed,
)


@receiver(money_moving)
def hold_what_may_move(ref: UUID, **_: Any) -> None:
    services.hold_money(ref=ref)


@receiver(payment_settled)
def money_came(payment: Payment, **_: Any) -> None:
    services.paid(ref=payment.ref)


@receiver(refund_changed)
def money_went_back(refund: Refund, **_: Any) -> None:
    services.refund_moved(ref=refund.ref)


@receiver(payouts_asked)
def not_before_its_booking(refs: Collection[UUID], **_: Any) -> set[UUID]:
    return services.held_with_their_bookings(refs)


@receiver(names_asked)
def name_the_extras(refs: Collection[UUID], **_: Any) -> dict[UUID, Named]:
    return services.names_of(refs)


@receiver(evidence_asked)
def say_what_was_laid_out(ref: UUID, **_: Any) -> list[Evidence]:
    return services.evidence_of(ref)


@receiver(user_blocked)
def part_the_two(sender: type[Block], blocker: User, blocked: User, **_: Any) -> None:
    services.part(by=blocker, other=blocked)


@receiver(bill_explained)
def explain_each_extra(booking: Booking, **_: Any) -> list[Line]:
    return services.explained(booking)


@receiver(books_checked)
def check_each_extra(**_: Any) -> list[str]:
    return services.check_extras()
