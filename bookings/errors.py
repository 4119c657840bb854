from datetime import datetime

from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.models import Gender, User
from common.errors import UserError
from common.money import format_yuan
from listings.models import Companion, Listing, Meets


class MinutesOutOfRange(UserError):
    code = "minutes_out_of_range"
    message = _("Please choose one of the offered lengths.")


class TooManyPayers(UserError):
    """An order of its kind is not paid by so many; of most kinds by nobody but who orders."""

    code = "too_many_payers"
    message = _("The price of this order is not shared by so many. Nothing was charged.")


class PriceChanged(UserError):
    code = "price_changed"
    status = 409

    def __init__(self, listing: Listing) -> None:
        super().__init__()
        price = {"price": format_yuan(listing.price_fen or 0), "unit": listing.policy.per_unit}
        self.message = _("The price has changed to %(price)s%(unit)s; please look again. Nothing was charged.") % price


class NoSuchTime(UserError):
    code = "no_such_time"
    message = _("Please choose one of the offered times.")


class NotIdentified(UserError):
    """The client of an appointment in person whose identity is not proved."""

    code = "not_identified"
    message = _("You will meet in person, so we need to know who you are first. Nothing was charged.")
    status = 409


class NotMet(UserError):
    """She meets only women in person, or only men, and the client is not, or has not said so."""

    code = "not_met"
    status = 409

    def __init__(self, companion: Companion, client: User) -> None:
        super().__init__()
        whom = {
            Meets.FEMALE: _("In person, %(name)s meets only women."),
            Meets.MALE: _("In person, %(name)s meets only men."),
        }.get(Meets(companion.meets), "")
        if client.gender == Gender.UNSAID:
            then = _("%(whom)s Fill in your gender under “Me” and book again. Nothing was charged.")
        else:
            then = _("%(whom)s Perhaps somebody else has time. Nothing was charged.")
        self.message = then % {"whom": whom % {"name": companion.display_name}}


class AlreadyTogether(UserError):
    code = "already_together"
    message = _(
        "You have an order that is running or waiting to start; it is among your bookings. "
        "Finish it first, then book the next one."
    )
    status = 409


class WithSomebody(UserError):
    code = "with_somebody"
    message = _("This companion is with somebody right now. No money was taken; please look in again a little later.")
    status = 409


class CompanionBusy(UserError):
    code = "companion_busy"
    message = _("You are with somebody already. End that order first.")
    status = 409


class ClientBusy(UserError):
    code = "client_busy"
    message = _("The client is with somebody else by now; this order closes by itself and is refunded.")
    status = 409


class NotPossibleNow(UserError):
    """The booking is in a state that does not allow it; usually another click or the clock was first."""

    code = "not_possible_now"
    message = _("That is no longer possible: the order has moved on. Nothing was charged for it.")
    status = 409


class TooEarly(UserError):
    code = "too_early"
    message = _("It is too early for that: it works from one hour before the agreed time on.")
    status = 409


class ClientElsewhere(UserError):
    """The clock of two who meet does not start while he pays for another one."""

    code = "client_elsewhere"
    message = _("The client is still in another running order. Once he has ended it, enter the code again.")
    status = 409


class NotSixDigits(UserError):
    """Not even a code, and not a try."""

    code = "not_six_digits"
    message = _("The code has six digits. It stands on the client's page.")


class WrongCode(UserError):
    """Written down as a wrong try, although it is an error."""

    code = "wrong_code"
    message = _("That is not the code. Look at the client's page again: after five wrong tries there is a new one.")


class CodeReplaced(UserError):
    """The fifth wrong try: the code is not valid any more, another one is."""

    code = "code_replaced"
    message = _("That was the fifth wrong try. The client's page shows a new code; it can be entered in a minute.")
    status = 429


class CodeRests(UserError):
    """A code that has just replaced another one is not looked at yet; this is not a try."""

    code = "code_rests"
    message = _("Please wait a minute after five wrong tries, then enter the new code.")
    status = 429


class MissedMeanwhile(NotPossibleNow):
    """The right start code, kept on the phone, came after the no-show. The booking stays closed."""

    code = "missed_meanwhile"
    message = _(
        "Your phone had no connection, and the start code reached us after the time to meet was over: the booking has "
        "closed and its money is on its way back as the terms say, so the clock cannot start any more. If you are "
        "together, the client can book you again."
    )


class MissedAndWrong(MissedMeanwhile):
    """The same of a code that is not the client's: it changes nothing, and it proves nothing either."""

    code = "missed_and_wrong"


class RefundChanged(UserError):
    """Nothing was cancelled: what would come back, `refund_fen`, is no longer what the page had shown."""

    code = "refund_changed"
    status = 409

    def __init__(self, refund_fen: int) -> None:
        super().__init__(refund_fen)
        self.refund_fen = refund_fen
        sum_back = format_yuan(refund_fen)
        self.message = _("The sum that comes back has changed to %(sum)s; please look again.") % {"sum": sum_back}


class AppointmentComes(UserError):
    code = "appointment_comes"
    message = _(
        "You have an appointment, or the pause you set, before this order would end. Please decline it: the client "
        "gets everything back, and it is not counted in your acceptance."
    )
    status = 409


class AppointmentThen(UserError):
    code = "appointment_then"
    message = _("You have something else at that time. Nothing was charged; please choose another time.")
    status = 409


class MoveGone(UserError):
    """Another start that was answered, taken back or replaced, or whose time to answer is over."""

    code = "move_gone"
    message = _("This proposal no longer stands. What is agreed is shown here.")
    status = 409


class NoTimeToAnswer(UserError):
    """Another start for which nobody could answer in time."""

    code = "no_time_to_answer"
    message = _("Only a few minutes would be left to answer that. Please write to each other, or ask again later.")
    status = 409


class NewTimeTaken(UserError):
    """One of the two has something else at the proposed start by now; which of them is said to neither."""

    code = "new_time_taken"
    message = _("That time has just been taken, so the appointment stays when it was. Please propose another one.")
    status = 409


class NoTimeNow(UserError):
    """Her next appointment is near, or she rests after an order."""

    code = "no_time_now"
    message = _("This companion has no time right now. Nothing was charged; please look in again a little later.")
    status = 409


class Resting(NoTimeNow):
    """She rests after an order, and nothing else stands in the way."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        words = _("This companion rests after an order, until %(time)s. Nothing was charged; please come back then.")
        self.message = words % {"time": f"{localtime(until):%H:%M}"}


class TooLongForNow(UserError):
    code = "too_long_for_now"
    message = _("The next appointment begins before that. Nothing was charged; please choose a shorter time.")
    status = 409


class NoRoomForMore(UserError):
    code = "no_room_for_more"
    message = _("So much more does not fit any more. Nothing was charged; please choose one of the offered lengths.")
    status = 409


class TooManyUnpaid(UserError):
    code = "too_many_unpaid"
    message = _("Three of your orders still wait for their payment. Pay or cancel one of them first.")
    status = 409


class NotReviewable(UserError):
    """Not settled, nothing charged, too late, or not one of the two."""

    code = "not_reviewable"
    message = _(
        "A review can be written within 14 days after a settled order in which at least one minute was charged."
    )
    status = 409


class AlreadyReviewed(UserError):
    code = "already_reviewed"
    message = _("You have written your review of this order already. It stays as it is.")
    status = 409


class StarsOnly(UserError):
    """A block keeps the two apart, which is said to neither."""

    code = "stars_only"
    message = _("This order can be rated with stars, without words.")
    status = 409


class NotAnswerable(UserError):
    """Not about this user, not shown yet, removed, answered before, or a block keeps the two apart."""

    code = "not_answerable"
    message = _("A review can be answered once, by the one it is about, while it is up.")
    status = 409


class NotReportable(UserError):
    """Not up, not his to read, or his own."""

    code = "not_reportable"
    message = _("This review is no longer up.")
    status = 409


class AlreadyReported(UserError):
    code = "already_reported"
    message = _("You have reported this review already. A moderator reads it within a day.")
    status = 409
