from django.utils.translation import gettext_lazy as _

from common.errors import UserError


class GenderKept(UserError):
    """Somebody has agreed to meet him as he said he is."""

    code = "gender_kept"
    message = _("While you have an appointment in person, this stays as it is. Nothing was saved.")
    status = 409
