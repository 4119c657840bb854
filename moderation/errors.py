from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
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


class ClaimedByAnother(UserError):
    """`name`: who has it; `until`: an aware datetime."""

    code = "claimed_by_another"
    message = _("%(name)s has taken this case until %(until)s. Nothing of yours was recorded.")
    status = 409

    def __init__(self, *, name: str, until: datetime) -> None:
        super().__init__()
        self.name, self.until = name, until

    def __str__(self) -> str:
        return str(self.message) % {"name": self.name, "until": date_format(localtime(self.until), "H:i")}


class ChangedMeanwhile(UserError):
    code = "changed_meanwhile"
    message = _("The text changed while you were reading. Please read it again before you decide.")
    status = 409


class ReasonMissing(UserError):
    code = "reason_missing"
    message = _("Please say why, so that it can be put right.")


class TrailBroken(Exception):
    """The audit trail is not what was written. For whoever runs the site, so in English."""
