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


class NotTogether(UserError):
    """The meeting is not agreed, or over."""

    code = "not_together"
    message = _("This meeting is not agreed yet, or it is over.")
    status = 409


class NothingAsked(UserError):
    code = "nothing_asked"
    message = _("Nobody asked. If you need help, call 110.")
    status = 409


class SayWhatWasDone(UserError):
    """A moderator's decision about somebody's safety without a word of why."""

    code = "say_what_was_done"
    message = _("Please write down whom you reached and what you did.")
