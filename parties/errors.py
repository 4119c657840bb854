from django.utils.translation import gettext_lazy as _

from common.errors import UserError


class NoSeat(UserError):
    """All seats are taken, or the order has begun or is over."""

    code = "no_seat"
    message = _("There is no free seat at this meeting any more. Nothing was charged.")
    status = 409


class NothingToShare(UserError):
    """Whoever comes alone pays alone."""

    code = "nothing_to_share"
    message = _("A price is shared by at least two: choose how many of you come, or that you pay.")


class MoreHaveJoined(UserError):
    code = "more_have_joined"
    message = _("More people have joined already. Take a seat back first, or choose the larger number.")
    status = 409


class SeatPaid(UserError):
    """The companion agreed to meet so many."""

    code = "seat_paid"
    message = _("This part is paid, so the seat stays. If the order is cancelled, it comes back as all parts do.")
    status = 409
