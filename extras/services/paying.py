"""Paying an extra: the tap on its sum is the approval, and the money is passed on as a whole.

Whoever moves its money locks in the order the pair, the extra, its payments, and at once all accounts. A block of the
pair moves money of other orders and then closes what waits here: without the pair's lock the two could wait for each
other.
"""

from contextlib import suppress
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import take_back_letter
from bookings.errors import NotPossibleNow
from bookings.models import Booking
from bookings.services.locking import lock_pair
from bookings.signals import booking_touched
from extras.errors import ExtraGone
from extras.models import Extra
from extras.services.answering import decided_now, hold
from extras.services.asking import is_waiting, letter_key
from payments import services as payments
from payments.errors import ProviderUnavailable
from payments.models import Payment

FIRST = 1


@transaction.atomic
def payment_for(*, extra: Extra, by: User) -> Payment:
    """The payment with which the client agrees; asked for again, the same one.

    Raises ExtraGone unless it waits, NotPossibleNow for anybody else.
    """
    if by.pk != extra.booking.client_id:
        raise NotPossibleNow
    extra = hold(extra.pk)
    if not is_waiting(extra):
        raise ExtraGone
    known = Payment.objects.filter(ref=extra.pk, seq=FIRST).first()
    # The payment service does not read what it was: that can say something about health.
    words = _("%(name)s · laid out for you") % {"name": extra.booking.terms.companion_name}
    return known or payments.open_payment(payer=by, ref=extra.pk, amount=extra.amount_fen, description=words)


def look_for_payment(extra: Extra) -> None:
    """Asks Stripe whether it was paid; no answer leaves that to the webhook. Call it outside any transaction."""
    payment = Payment.objects.filter(ref=extra.pk, seq=FIRST).first()
    with suppress(ProviderUnavailable):
        if payment is not None:
            payments.sync_payment(payment=payment)


def hold_money(*, ref: UUID) -> None:
    """Money of the extra `ref` is about to move: locks all it may touch. Nothing of what is no extra."""
    extra = Extra.objects.filter(pk=ref).select_related("booking").first()
    if extra is None:
        return
    client_id, companion_id = extra.booking.client_id, extra.booking.companion_id
    lock_pair(client_id, companion_id)
    hold(ref)
    payments.lock_passing(ref=ref, payer_id=client_id, companion_id=companion_id)


@transaction.atomic
def paid(*, ref: UUID) -> None:
    """The money of the extra `ref` is in: it is passed on to the companion, or it came too late and goes back.

    What has not ended has not come too late, whatever the time: nobody can begin to pay after the last moment.
    """
    if not Extra.objects.filter(pk=ref).exists():
        return
    extra = hold(ref)
    if extra.state == Extra.State.ASKED:
        _pass_on(extra)
    if extra.state != Extra.State.PAID:
        payments.refund_unused(ref=ref)
        booking_touched.send(Booking, booking=extra.booking)


def refund_moved(*, ref: UUID) -> None:
    """What came too late for the extra `ref` is back, or could not go back: its page and the bill say so."""
    for extra in Extra.objects.filter(pk=ref).select_related("booking"):
        booking_touched.send(Booking, booking=extra.booking)


def _pass_on(extra: Extra) -> None:
    booking = extra.booking
    two = {"payer_id": booking.client_id, "companion_id": booking.companion_id}
    payments.pass_on(ref=extra.pk, **two, amount=extra.amount_fen)
    extra.state, extra.decided_ms = Extra.State.PAID, decided_now(extra)
    extra.save(update_fields=["state", "decided_ms"])
    take_back_letter(key=letter_key(extra))
    booking_touched.send(Booking, booking=booking)
