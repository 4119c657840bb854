from django.utils.translation import gettext_lazy as _

from common.errors import UserError


class NoSeat(UserError):
    """All seats are taken, or the order has begun or is over."""

    code = "no_seat"
    message = _("There is no free seat at this meeting any more. Nothing was charged.")
    status = 409


class SeatPaid(UserError):
    code = "seat_paid"
    message = _("Your part is paid, so your seat stays yours. If the order is cancelled, your part comes back to you.")
    status = 409
