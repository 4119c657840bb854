from django.utils.translation import gettext_lazy as _

from common.errors import UserError


class NotAskable(UserError):
    """It has not begun, is over for too long, is of another kind, or the two have parted."""

    code = "not_askable"
    message = _("What you laid out can be asked for while the visit runs, and until 24 hours after it.")
    status = 409


class TooManyExtras(UserError):
    code = "too_many_extras"
    message = _("Ten for one visit are as many as can be asked for. Take one back that waits, or put several into one.")
    status = 409


class AskedTooOften(UserError):
    code = "asked_too_often"
    message = _("Twenty were asked for on this visit, those taken back and declined among them. More is not possible.")
    status = 409


class TooMuchInAll(UserError):
    code = "too_much_in_all"
    message = _("For one visit ¥5,000 in all is the most that can be asked for, and this goes beyond it.")
    status = 409


class ExtraGone(UserError):
    """It was answered, taken back, or nobody answered in time."""

    code = "extra_gone"
    message = _("This was answered or taken back meanwhile. Please look at how it stands now.")
    status = 409
