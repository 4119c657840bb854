"""A payer's bank wants the money of an order back: what has not begun is closed, and costs nobody anything.

What runs in the chat is ended at once: what was served is earned, and who bears it is booked when the dispute ends. Two
who are together in person stay together: nobody is left standing in the middle of a visit.
"""

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import write_letter
from bookings.models import RUNNING, Booking, State, payers_of
from bookings.services.cancelling import CANCELLABLE, is_missed
from bookings.services.lifecycle import close, ending, expire_if_late, finish, miss
from bookings.services.locking import locked_for_money
from common.clock import database_now_ms
from payments import services as payments
from payments.models import Dispute

CLOSED = (
    _("The order %(code)s is closed"),
    _(
        "The payment for the order %(code)s was stopped from the payer's side, so it does not take place. Please do "
        "not set out. It has no effect on your figures, and there is nothing for you to do."
    ),
    _(
        "A payment for the order %(code)s was stopped, so it does not take place. What you paid goes back to you by "
        "itself; there is nothing for you to do."
    ),
)
ENDED = (
    _("Your time together was ended: %(code)s"),
    _(
        "The payment for the order %(code)s was stopped from the payer's side, so we ended your time together. What "
        "you served until then is written down. Your pay for it waits until the payment is cleared up; we see to that."
    ),
    _(
        "A payment for the order %(code)s was stopped, so we ended the time together. What was not used of what you "
        "paid goes back to you by itself; there is nothing for you to do."
    ),
)
Words = tuple[object, object, object]


def lock_money(ref: UUID) -> None:
    """All that closing this order may move, before the dispute locks a part of it. The caller holds the order's row."""
    for booking in Booking.objects.filter(pk=ref, state__in=CANCELLABLE):
        payments.lock_disputed(ending(booking))


def follow(dispute: Dispute) -> None:
    """Twice is once. The caller holds the locks of `lock_money`; what was due by the clock has happened first."""
    booking = Booking.objects.filter(pk=dispute.ref).first()
    if booking is None or not _takes_back(dispute):
        return
    booking = locked_for_money(booking)
    if booking.state in CANCELLABLE:
        _close(booking, dispute)
    elif booking.state in RUNNING and booking.online:
        _end(booking, dispute)


def _takes_back(dispute: Dispute) -> bool:
    """Money the order counts on: no mere question, and not what had gone back to its payer anyway."""
    if dispute.is_inquiry or dispute.outcome == Dispute.Outcome.WON or not dispute.payment.left:
        return False
    return dispute.payment in payments.used_payments(ref=dispute.ref)


def _close(booking: Booking, dispute: Dispute) -> None:
    if expire_if_late(booking):
        return
    if is_missed(booking, database_now_ms()):
        miss(booking)
        return
    knew = booking.state != State.AWAITING_PAYMENT
    booking.cancelled_by, booking.disputed = booking.client, True
    close(booking, State.CANCELLED, "cancelled_by", "disputed")
    _tell(booking, dispute, CLOSED, companion=knew)


def _end(booking: Booking, dispute: Dispute) -> None:
    booking = finish(booking, booking.client)
    booking.disputed = True
    booking.save(update_fields=["disputed"])
    _tell(booking, dispute, ENDED, companion=True)


def _tell(booking: Booking, dispute: Dispute, words: Words, *, companion: bool) -> None:
    subject, hers, theirs = words
    if companion:
        _write(booking.companion, booking, subject, hers)
    for payer in User.objects.filter(pk__in=payers_of(booking) - {dispute.payment.payer_id}):
        _write(payer, booking, subject, theirs)


def dispute_letter_key(*, booking: Booking, to: User) -> str:
    """Of the one letter that somebody gets when a dispute ends an order. Who knows more of it may write it first."""
    return f"order-disputed-{booking.pk}-{to.pk}"


def _write(to: User, booking: Booking, subject: object, body: object) -> None:
    write_letter(
        to=to,
        key=dispute_letter_key(booking=booking, to=to),
        subject=subject,  # type: ignore[arg-type]
        body=body,  # type: ignore[arg-type]
        path=reverse("bookings:list"),
        code=booking.code,
    )
