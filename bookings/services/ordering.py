"""From the form to a paid request. Minutes are bounded and the sum is computed here; the form is never believed."""

from uuid import UUID, uuid5

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.errors import AlreadyTogether, MinutesOutOfRange, NotPossibleNow, WithSomebody
from bookings.models import OPEN, RUNNING, Booking, State, Terms
from bookings.services.lifecycle import close, is_over_due
from bookings.services.locking import locked
from bookings.services.metering import announce
from common.clock import MS_PER_MINUTE, database_now_ms
from common.database import broken_constraint
from common.money import price_of_minutes
from listings import services as listings
from listings.errors import ListingNotFound, NotBookableYet
from listings.kinds import Kind
from listings.models import Listing
from payments import services as payments
from payments.models import Payment


def order(*, by: User, listing: Listing, minutes: int, request_key: UUID) -> Booking:
    """A booking that waits for its payment. The same form again (request_key) is the same booking while it is open.

    A form that the browser kept may be sent again with another length, or after its booking is over: a new booking.
    Raises MinutesOutOfRange, AlreadyTogether, WithSomebody, or what `listings.services.bookable` raises.
    """
    again = 0
    while True:
        key = uuid5(request_key, f"{listing.pk}:{minutes}:{again}")
        known = Booking.objects.filter(client=by, request_key=key).first()
        if known is None:
            return _order_once(by, listing, minutes, key)
        if known.state in OPEN:
            return known
        again += 1


def _order_once(by: User, listing: Listing, minutes: int, key: UUID) -> Booking:
    try:
        return _order(by, listing, minutes, key)
    except IntegrityError as error:
        refused_by = broken_constraint(error)
        if refused_by == "booking_between_unblocked":
            raise ListingNotFound from error
        if refused_by != "booking_request_once":
            raise
        # The other click got there first.
        return Booking.objects.get(client=by, request_key=key)


@transaction.atomic
def _order(by: User, listing: Listing, minutes: int, request_key: UUID) -> Booking:
    listing = listings.bookable(listing.pk, by)
    kind = listing.policy
    if minutes not in kind.minute_steps:
        raise MinutesOutOfRange
    _check_both_free(by, listing)
    booking = Booking.objects.create(
        client=by,
        companion_id=listing.companion.user_id,
        listing=listing,
        request_key=request_key,
        online=kind.online,
        now=kind.bookable_now,
        granted_ms=minutes * MS_PER_MINUTE,
        due_ms=database_now_ms() + settings.PAYMENT_WINDOW_MS,
    )
    terms = _agree(booking, listing, kind, minutes)
    payments.open_payment(payer=by, ref=booking.pk, amount=terms.prepaid_fen, description=_words(terms, minutes))
    announce(only=booking.pk)
    return booking


def payment_of(booking: Booking) -> Payment:
    """The booking's first payment."""
    return Payment.objects.select_related("payer").get(ref=booking.pk, seq=1)


def payable(booking: Booking) -> Payment:
    """The payment of a booking that still waits for it.

    Raises NotPossibleNow once the booking was paid, cancelled, or has waited too long.
    """
    if booking.state != State.AWAITING_PAYMENT or is_over_due(booking, database_now_ms()):
        raise NotPossibleNow
    return payment_of(booking)


@transaction.atomic
def paid(*, ref: UUID) -> None:
    """The payment for `ref` is in: the companion is asked, or, if the order is over already, the money goes back."""
    booking = Booking.objects.filter(pk=ref).first()
    if booking is None:
        return
    booking = locked(booking)
    now = database_now_ms()
    if booking.state == State.AWAITING_PAYMENT and is_over_due(booking, now):
        close(booking, State.EXPIRED)
    elif booking.state == State.AWAITING_PAYMENT:
        booking.state = State.REQUESTED
        booking.due_ms = now + booking.terms.accept_window_ms
        booking.save(update_fields=["state", "due_ms"])
        announce(only=booking.pk)
    elif booking.state not in OPEN:
        payments.refund_unused(ref=booking.pk, payer_id=booking.client_id)


def _check_both_free(client: User, listing: Listing) -> None:
    """A kindness before payment; what holds is the database's one running booking for each of the two."""
    waiting = Q(state__in=RUNNING) | Q(state__in=[State.REQUESTED, State.ACCEPTED], now=True)
    if Booking.objects.filter(waiting, client=client, online=True).exists():
        raise AlreadyTogether
    if is_busy(companion_id=listing.companion.user_id):
        raise WithSomebody


def is_busy(*, companion_id: int) -> bool:
    """She is in a running order, or about to begin one."""
    return Booking.objects.busy().filter(companion=companion_id).exists()


def _agree(booking: Booking, listing: Listing, kind: Kind, minutes: int) -> Terms:
    price, promise_s = listing.price_fen, listing.promise_s
    if price is None or promise_s is None:
        # Without a price by the hour and a reply promise there is nothing the meter could hold her to.
        raise NotBookableYet
    return Terms.objects.create(
        booking=booking,
        kind=kind.key,
        headline=listing.headline,
        companion_name=listing.companion.display_name,
        price_fen=price,
        prepaid_fen=price_of_minutes(fen_per_hour=price, minutes=minutes),
        promise_ms=promise_s * 1000,
        accept_window_ms=kind.accept_window_ms,
        first_message_window_ms=settings.FIRST_MESSAGE_WINDOW_MS,
        pause_limit_ms=settings.PAUSE_LIMIT_MS,
        refund_policy=settings.REFUND_POLICY,
    )


def _words(terms: Terms, minutes: int) -> str:
    """What the payment page says is bought, in the client's language."""
    return _("%(name)s · %(minutes)s min") % {"name": terms.companion_name, "minutes": minutes}
