from django.utils.translation import gettext_lazy as _

from common.errors import UserError


class CaseNotFound(UserError):
    code = "case_not_found"
    message = _("There is no such case for you.")
    status = 404


class AlreadyDecided(UserError):
    code = "already_decided"
    message = _("Somebody was faster: this case has been decided already. Your decision was not recorded.")
    status = 409


class TakenBack(AlreadyDecided):
    code = "taken_back"
    message = _("It was taken back meanwhile, so there is nothing to decide. Your decision was not recorded.")


class ChangedMeanwhile(UserError):
    code = "changed_meanwhile"
    message = _("The text changed while you were reading. Please read it again before you decide.")
    status = 409


class ReasonMissing(UserError):
    code = "reason_missing"
    message = _("Please say why, so that it can be put right.")


class TrailBroken(Exception):
    """The audit trail is not what was written. For whoever runs the site, so in English."""
