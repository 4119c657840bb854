"""What a user can do wrong. Each failure is a small class with one translated message and one code."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class UserError(Exception):
    """A failure the user can understand; nothing was written.

    `code` is stable and goes to sockets and the API; `message` is shown on the page; `status` is the HTTP status.
    """

    code = "invalid"
    message: str | Promise = _("That did not work. Nothing was changed.")
    status = 400

    def __str__(self) -> str:
        return str(self.message)


class Busy(UserError):
    """What was wanted is held by others for longer than the database lets anybody wait."""

    code = "busy"
    message = _("It is very busy here just now. Please try again in a moment.")
    status = 503
