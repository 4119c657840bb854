from django.utils.translation import gettext_lazy as _

from common.errors import UserError


class TooManyContacts(UserError):
    code = "too_many_contacts"
    message = _("Five people are as many as fit. Remove one first.")
    status = 409


class ContactTwice(UserError):
    code = "contact_twice"
    message = _("That address is among your trusted contacts already.")
    status = 409


class NoContacts(UserError):
    code = "no_contacts"
    message = _("You have no trusted contacts yet. Add one first.")
    status = 409


class TooManyLetters(UserError):
    """Links and addresses that change again and again: our mail is not for strangers."""

    code = "too_many_letters"
    message = _("So many letters went out about this meeting that no more do. Please send the link yourself.")
    status = 429


class NotShared(UserError):
    """There is no link, it is too early for one, or too late."""

    code = "not_shared"
    message = _("A link can be made once the meeting is agreed, until 24 hours after it.")
    status = 409


class AddressLost(UserError):
    """The key that its token was sealed with is gone."""

    code = "address_lost"
    message = _(
        "The address of your link can no longer be shown. Whoever has it goes on reading; you can make another."
    )
    status = 409


class NotLateNow(UserError):
    code = "not_late_now"
    message = _("That can be said from one hour before the agreed time on, until you meet.")
    status = 409


class TooLateForThat(UserError):
    """The page with the choice is from before, or the choice is none of its."""

    code = "too_late_for_that"
    message = _("That can no longer be made: the time has gone by, or the booking closes before it.")
    status = 409


class NotTogether(UserError):
    """The meeting is not agreed, or over."""

    code = "not_together"
    message = _("This meeting is not agreed yet, or it is over.")
    status = 409


class CalledAgain(UserError):
    """The page with the button is from before the last call for help."""

    code = "called_again"
    message = _("You have asked for help again since. If you are well now, say so once more.")
    status = 409


class WellTooSoon(UserError):
    """After many calls and all-clears: a call right after this one would be taken for the same."""

    code = "well_too_soon"
    message = _("You have asked for help only now. Please say a minute after it that you are well.")
    status = 409


class NothingAsked(UserError):
    code = "nothing_asked"
    message = _("Nobody asked. If you need help, call 110.")
    status = 409
