"""Extras of a running visit, asked for and paid, for the tests of extras."""

import io
from uuid import uuid4

from bookings.models import Booking
from extras import services
from extras.models import Extra
from payments import services as payments
from payments.gateway.values import Capture, Checkout
from payments.models import Payment
from tests.orders import past_the_triggers
from tests.papers import a_photo
from tests.visits import END, code, enter
from vetting.pictures import Picture, redraw

HOUR = 3_600_000
WHAT, FEN = "挂号费", 23_50


def a_receipt(width: int = 320) -> Picture:
    return redraw(io.BytesIO(a_photo((width, 240)).read()))


def asked(booking: Booking, **changes) -> Extra:
    """By its companion, for a registration fee of ¥23.50."""
    told = {"what": WHAT, "amount_fen": FEN, "photo": a_receipt(), "request_key": uuid4(), "by": booking.companion}
    return services.ask(booking=booking, **{**told, **changes})


def opened(extra: Extra) -> Payment:
    """The client has tapped on its sum."""
    return services.payment_for(extra=extra, by=extra.booking.client)


def money_comes(payment: Payment, fee: int = 34) -> Payment:
    """Stripe took the money, whatever became of the extra meanwhile."""
    capture = Capture(f"pi_{payment.pk}", f"ch_{payment.pk}", payment.amount, fee, "visa •••• 4242")
    return payments.apply_checkout(
        payment_id=payment.pk, checkout=Checkout(f"cs_{payment.pk}", "", "complete", capture)
    )


def paid(extra: Extra) -> Extra:
    money_comes(opened(extra))
    extra.refresh_from_db()
    return extra


def ended(booking: Booking) -> Booking:
    enter(booking, code(booking, END), END)
    booking.refresh_from_db()
    return booking


def earlier(extra: Extra, ms: int) -> Extra:
    """It was asked for so much earlier, and decided as well."""
    with past_the_triggers():
        before = {"asked_ms": extra.asked_ms - ms, "decided_ms": extra.decided_ms and extra.decided_ms - ms}
        Extra.objects.filter(pk=extra.pk).update(**before)
    extra.refresh_from_db()
    return extra
