"""More time while it runs: offered, asked for, paid on top. A clock that has run out is never started again."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid5

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.errors import NoRoomForMore, NotPossibleNow
from bookings.models import EXTENDED, EXTENSION_ASKED, NOT_EXTENDED, RUNNING, Booking, Extension, Step
from bookings.services.locking import locked, locked_for_money
from bookings.services.metering import announce
from bookings.services.price import HOUR, price_between
from bookings.services.times import client_free_until
from common.clock import MS_PER_MINUTE, database_now_ms, moment
from common.database import broken_constraint
from common.money import MINUTES_PER_HOUR
from listings import services as listings
from listings.errors import TimeTaken
from payments import services as payments
from payments.errors import ProviderUnavailable
from payments.models import Payment

OF_AN_HOUR = (15, 30, 60)
OF_A_VISIT = (30, 60, 90)
TEN_YUAN = 10_00
MOST_MINUTES = 24 * 60
"""In all; a clock that ran longer would be nobody's wish."""


@dataclass(frozen=True, slots=True)
class Offer:
    """So many minutes more for so many fen."""

    minutes: int
    fen: int


def offers(booking: Booking) -> list[Offer]:
    """What the client may add to a running booking at this moment, the smallest first; empty when nothing fits."""
    if booking.state not in RUNNING:
        return []
    room = _room_min(booking, database_now_ms())
    lengths = sorted({_for_ten_yuan(booking), *OF_AN_HOUR} if booking.terms.price_unit == HOUR else OF_A_VISIT)
    return [Offer(minutes, _fen(booking, minutes)) for minutes in lengths if 0 < minutes <= room]


def first_choice(offered: list[Offer]) -> Offer | None:
    """What is chosen unless the client says otherwise: the most for ten yuan, or else the least there is."""
    affordable = [offer for offer in offered if offer.fen <= TEN_YUAN] or offered[:1]
    return max(affordable, key=lambda offer: offer.minutes, default=None)


def _for_ten_yuan(booking: Booking) -> int:
    """The largest whole number of minutes that costs at most ten yuan on top of what is granted."""
    minutes = TEN_YUAN * MINUTES_PER_HOUR // booking.terms.price_fen + 1
    while minutes and _fen(booking, minutes) > TEN_YUAN:
        minutes -= 1
    return minutes


def _fen(booking: Booking, minutes: int) -> int:
    granted = booking.granted_ms // MS_PER_MINUTE
    return price_between(booking.terms, granted, granted + minutes)


def _room_min(booking: Booking, now_ms: int) -> int:
    """The most minutes that fit before what either of the two has promised next."""
    bounds = [listings.free_until(ref=booking.pk), client_free_until(booking)]
    ends = moment(_ends_ms(booking, now_ms))
    rooms = [(bound - ends) // timedelta(minutes=1) for bound in bounds if bound is not None]
    return max(0, min([MOST_MINUTES - booking.granted_ms // MS_PER_MINUTE, *rooms]))


def _ends_ms(booking: Booking, now_ms: int) -> int:
    """When it ends if its clock never stands again."""
    return booking.deadline_ms or now_ms + booking.granted_ms - booking.closed_ms


@transaction.atomic
def extend(*, booking: Booking, by: User, minutes: int, request_key: UUID) -> Extension:
    """The client wants more: an extension that waits for its payment. The same tap again is the same one.

    `request_key` is the form's, as in `order`. Another length takes the place of one not paid yet.
    Raises NotPossibleNow when the clock has run out or he is not the client, NoRoomForMore when it is not offered.
    """
    booking = _running_of(booking, is_mine=by.pk == booking.client_id)
    key, known = _once(booking, request_key, minutes)
    if known is not None:
        return known
    fen = _offered(booking, minutes)
    _drop_waiting(booking)
    payment = payments.open_payment(
        payer=by, ref=booking.pk, amount=fen, description=_in_words(booking.terms.companion_name, minutes)
    )
    return Extension.objects.create(
        booking=booking,
        request_key=key,
        asked_by=by,
        minutes=minutes,
        amount_fen=fen,
        payment_seq=payment.seq,
    )


def asked_of(booking: Booking) -> Extension | None:
    """The time on top that the companion asks for, while it is neither paid nor declined."""
    return booking.extensions.filter(state=Extension.State.ASKED).first()


@transaction.atomic
def ask_for_more(*, booking: Booking, by: User, minutes: int, request_key: UUID) -> Extension:
    """The companion of a visit says that more time is needed; nothing runs before the client has approved and paid.

    The same tap again is the same question. Raises what `extend` raises; of what is paid by the hour NotPossibleNow.
    """
    booking = _running_of(booking, is_mine=by.pk == booking.companion_id and booking.terms.price_unit != HOUR)
    key, known = _once(booking, request_key, minutes)
    if known is not None:
        return known
    fen = _offered(booking, minutes)
    if booking.extensions.filter(state=Extension.State.OPEN).exists():
        # He is about to pay for more already.
        raise NotPossibleNow
    _drop_waiting(booking)
    asked = Extension.objects.create(
        booking=booking,
        request_key=key,
        asked_by=by,
        minutes=minutes,
        amount_fen=fen,
        state=Extension.State.ASKED,
    )
    _tell(booking, EXTENSION_ASKED, minutes)
    return asked


@transaction.atomic
def drop_extension(*, extension: Extension, by: User) -> None:
    """The client does not want it; the companion who has asked hears so. Twice is once, and what is paid stays.

    Raises NotPossibleNow for anybody else.
    """
    booking = locked(extension.booking)
    if by.pk != booking.client_id:
        raise NotPossibleNow
    extension.refresh_from_db(fields=["state"])
    was_asked = extension.state == Extension.State.ASKED
    if extension.state in Extension.WAITING:
        _drop_waiting(booking)
    if was_asked and booking.state in RUNNING:
        _tell(booking, NOT_EXTENDED, extension.minutes)


@transaction.atomic
def paid_on_top(*, ref: UUID, seq: int) -> None:
    """Payment number `seq` of the booking is in: its time is granted, or it came too late and the money goes back."""
    extension = Extension.objects.select_related("booking").filter(booking=ref, payment_seq=seq).first()
    if extension is None:
        return
    booking = locked_for_money(extension.booking)
    extension.refresh_from_db()
    if extension.state in (Extension.State.GRANTED, Extension.State.MISSED):
        return
    if extension.state != Extension.State.OPEN or not _grant(booking, extension):
        _decide(extension, Extension.State.MISSED)
        payments.refund_unused(ref=booking.pk)


def payment_for(extension: Extension) -> Payment:
    """The payment an open extension waits for. Raises NotPossibleNow once it is paid, dropped or too late."""
    booking = extension.booking
    if extension.state != Extension.State.OPEN or booking.state not in RUNNING or _has_run_out(booking):
        raise NotPossibleNow
    return Payment.objects.select_related("payer").get(ref=booking.pk, seq=extension.payment_seq or 0)


def look_for_payment(extension: Extension) -> None:
    """Asks Stripe whether it was paid; no answer leaves that to the webhook. Call it outside any transaction."""
    with suppress(ProviderUnavailable):
        payments.sync_payment(payment=Payment.objects.get(ref=extension.booking_id, seq=extension.payment_seq or 0))


def close_extensions(booking: Booking) -> None:
    """The booking is over. The caller holds its lock, and abandons its payments."""
    waiting = booking.extensions.filter(state__in=Extension.WAITING)
    waiting.update(state=Extension.State.DROPPED, decided_ms=database_now_ms())


def _once(booking: Booking, request_key: UUID, minutes: int) -> tuple[UUID, Extension | None]:
    """The key of this tap, and what it has made before. A form that the browser kept may be sent again with another
    length, or after its extension was dropped: that is a new one."""
    again = 0
    while True:
        key = uuid5(request_key, f"{minutes}:{again}")
        known = booking.extensions.filter(request_key=key).first()
        if known is None or known.state in (*Extension.WAITING, Extension.State.GRANTED):
            return key, known
        again += 1


def _running_of(booking: Booking, *, is_mine: bool) -> Booking:
    booking = locked(booking)
    if not is_mine or booking.state not in RUNNING:
        raise NotPossibleNow
    return booking


def _offered(booking: Booking, minutes: int) -> int:
    for offer in offers(booking):
        if offer.minutes == minutes:
            return offer.fen
    raise NoRoomForMore


def _drop_waiting(booking: Booking) -> None:
    """What waits makes room. Its page for paying is closed afterwards; money that comes all the same goes back."""
    waiting = booking.extensions.filter(state__in=Extension.WAITING).first()
    if waiting is None:
        return
    _decide(waiting, Extension.State.DROPPED)
    if waiting.payment_seq:
        payments.withdraw(ref=booking.pk, seq=waiting.payment_seq)


def _has_run_out(booking: Booking) -> bool:
    """Also of one that nobody has stopped yet, or that cannot be."""
    return booking.deadline_ms is not None and booking.deadline_ms <= database_now_ms()


def _grant(booking: Booking, extension: Extension) -> bool:
    """False when the clock has run out, or one of the two has promised that time to somebody else meanwhile."""
    if booking.state not in RUNNING or _has_run_out(booking):
        return False
    try:
        with transaction.atomic():
            _lengthen(booking, extension)
    except TimeTaken:
        return False
    except IntegrityError as error:
        if broken_constraint(error) != "booking_client_one_appointment":
            raise
        return False
    _tell(booking, EXTENDED, extension.minutes)
    return True


def _lengthen(booking: Booking, extension: Extension) -> None:
    until = _ends_ms(booking, database_now_ms()) + extension.granted_ms
    listings.lengthen_time(ref=booking.pk, until=moment(until))
    _decide(extension, Extension.State.GRANTED)
    seq = extension.payment_seq or 0
    payments.hold(ref=booking.pk, payer_id=booking.client_id, amount=extension.amount_fen, seq=seq)
    with connection.cursor() as cursor:
        asked = [booking.pk, extension.granted_ms, settings.POSTING_LAG_MS]
        cursor.execute("SELECT bookings_grant(%s, %s, %s)", asked)


def _decide(extension: Extension, state: Extension.State) -> None:
    extension.state, extension.decided_ms = state, database_now_ms()
    extension.save(update_fields=["state", "decided_ms"])


def _tell(booking: Booking, event: str, minutes: int) -> None:
    Step.objects.create(booking=booking, state=event, minutes=minutes, at_ms=database_now_ms())
    announce(only=booking.pk)


def _in_words(name: str, minutes: int) -> str:
    """What the payment page says is bought, in the client's language."""
    return _("%(name)s · %(minutes)s min more") % {"name": name, "minutes": minutes}
