from django.utils.translation import gettext_lazy as _

from common.errors import UserError


class ConsentMissing(UserError):
    code = "consent_missing"
    message = _("What you tell about health needs your consent. Please tick it, or leave those fields empty.")


class NotRunning(UserError):
    """Stages are noted while the two are together."""

    code = "not_running"
    message = _("That can be noted only while the clock runs.")
    status = 409


class NothingToTakeBack(UserError):
    code = "nothing_to_take_back"
    message = _("There is nothing to take back any more.")
    status = 409


class NothingKept(UserError):
    """No consent, or all of it is erased already."""

    code = "nothing_kept"
    message = _("Nothing about health is kept for this visit, so nothing can be added.")
    status = 409


class TooLateToPlan(UserError):
    code = "too_late_to_plan"
    message = _("This visit is over; what was planned can no longer be changed.")
    status = 409
