from django.utils.translation import gettext_lazy as _

from common.errors import UserError


class NoSuchService(UserError):
    """The browser has its notices sent to a place that is none of PUSH_SERVICES, or its keys are none."""

    code = "push_unknown"
    message = _("We cannot send notices to this browser. Nothing was changed.")
