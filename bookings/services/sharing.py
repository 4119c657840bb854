"""An order that several pay: each a part of it, and its companion is asked once all of it is in."""

from django.db import transaction

from accounts.models import User
from bookings.errors import NotPossibleNow
from bookings.models import Booking, Share, ShareQuerySet, State, paid_fen
from bookings.services.lifecycle import is_over_due
from bookings.services.locking import locked
from bookings.services.terms import in_words
from bookings.signals import booking_touched
from common.clock import database_now_ms
from payments import services as payments
from payments.models import Payment

# Each time somebody takes a part anew, Stripe is asked for another payment.
MOST_PARTS = 6


def open_first(booking: Booking) -> None:
    """What who orders pays: all of it, or his part where it is shared. The caller has just made the booking."""
    if not booking.terms.is_shared:
        _payment(booking, booking.client, booking.terms.prepaid_fen)
    else:
        _share(booking, booking.client, _next_part(booking))


@transaction.atomic
def take_share(*, booking: Booking, by: User) -> Share:
    """One of those who come pays a part of the price, as even as whole fen allow. Twice is once. What who ordered was
    about to pay for all, and has not, gives way.

    Raises NotPossibleNow when no part is left to pay, or the order does not wait for its payment any more.
    """
    booking = _unpaid(booking)
    if not booking.terms.is_shared or booking.shares.filter(payer=by).count() >= MOST_PARTS:
        raise NotPossibleNow
    mine = booking.shares.wanted().filter(payer=by).first()
    if mine is not None:
        return mine
    if _people(booking) < booking.terms.shared_by and _wanted_fen(booking) == booking.terms.prepaid_fen:
        _drop(booking, booking.shares.filter(payer=booking.client_id))
    share = _share(booking, by, _next_part(booking))
    booking_touched.send(Booking, booking=booking)
    return share


@transaction.atomic
def drop_share(*, booking: Booking, by: User) -> None:
    """He does not pay his part; somebody else may. Twice is once. Raises NotPossibleNow once it is paid."""
    booking = _unpaid(booking)
    mine = booking.shares.wanted().filter(payer=by)
    if mine.filter(state=Share.State.PAID).exists():
        raise NotPossibleNow
    _drop(booking, mine)


@transaction.atomic
def pay_rest(*, booking: Booking, by: User) -> Share:
    """Who ordered pays all that nobody has paid yet, at once: other parts make room until one of them is taken again.
    Twice is once.

    Raises NotPossibleNow for anybody else, or when the order does not wait for its payment any more.
    """
    booking = _unpaid(booking)
    if by.pk != booking.client_id or not booking.terms.is_shared:
        raise NotPossibleNow
    waiting = booking.shares.wanted().filter(state=Share.State.OPEN)
    rest = booking.terms.prepaid_fen - paid_fen(booking)
    mine = waiting.filter(payer=by, amount_fen=rest).first()
    if mine is not None:
        return mine
    _drop(booking, waiting)
    return _share(booking, by, rest)


def count_in(booking: Booking, seq: int) -> bool:
    """Writes down that payment number `seq` is in; what is not wanted any more goes back at once. True when all of the
    price is in.

    The caller holds the booking's lock.
    """
    if not booking.terms.is_shared:
        return True
    share = booking.shares.get(payment_seq=seq)
    if share.state == Share.State.DROPPED:
        payments.send_back(ref=booking.pk, seq=seq)
    elif share.state == Share.State.OPEN:
        share.state = Share.State.PAID
        share.save(update_fields=["state"])
        booking_touched.send(Booking, booking=booking)
    return paid_fen(booking) == booking.terms.prepaid_fen


def payment_due(*, booking: Booking, by: User) -> Payment:
    """What he has to pay of a booking that still waits for it.

    Raises NotPossibleNow once that is paid, or it was cancelled or has waited too long.
    """
    if booking.state != State.AWAITING_PAYMENT or is_over_due(booking, database_now_ms()):
        raise NotPossibleNow
    due = Payment.objects.of(booking.pk).filter(payer=by).select_related("payer")
    if booking.terms.is_shared:
        mine = booking.shares.filter(state=Share.State.OPEN, payer=by)
        due = due.filter(seq__in=mine.values("payment_seq"))
    payment = due.first()
    if payment is None:
        raise NotPossibleNow
    return payment


def look_for_payments(*, booking: Booking, by: User) -> None:
    """Asks Stripe how what he can still pay for it stands. Call it outside any transaction.

    Raises ProviderUnavailable when Stripe does not answer.
    """
    for payment in Payment.objects.of(booking.pk).filter(payer=by, status=Payment.Status.OPEN):
        payments.sync_payment(payment=payment)


def _unpaid(booking: Booking) -> Booking:
    booking = locked(booking)
    if booking.state != State.AWAITING_PAYMENT or is_over_due(booking, database_now_ms()):
        raise NotPossibleNow
    return booking


def _next_part(booking: Booking) -> int:
    """Fen of the next part: what is left by how many are to pay it. Raises NotPossibleNow when none is left."""
    left, people = booking.terms.prepaid_fen - _wanted_fen(booking), booking.terms.shared_by - _people(booking)
    if left <= 0 or people <= 0:
        raise NotPossibleNow
    return left // people


def _wanted_fen(booking: Booking) -> int:
    return sum(booking.shares.wanted().values_list("amount_fen", flat=True))


def _people(booking: Booking) -> int:
    """How many pay it, as it stands."""
    return len(set(booking.shares.wanted().values_list("payer", flat=True)))


def _share(booking: Booking, by: User, fen: int) -> Share:
    payment = _payment(booking, by, fen)
    return Share.objects.create(booking=booking, payer=by, payment_seq=payment.seq, amount_fen=fen)


def _payment(booking: Booking, by: User, fen: int) -> Payment:
    words = in_words(booking, booking.terms)
    return payments.open_payment(payer=by, ref=booking.pk, amount=fen, description=words)


def _drop(booking: Booking, shares: ShareQuerySet) -> None:
    for share in shares.filter(state=Share.State.OPEN):
        share.state = Share.State.DROPPED
        share.save(update_fields=["state"])
        payments.withdraw(ref=booking.pk, seq=share.payment_seq)
    booking_touched.send(Booking, booking=booking)
