from django.utils.translation import gettext_lazy as _

from common.errors import UserError


class NotPublic(UserError):
    code = "not_public"
    message = _(
        "Please choose a place that is open to everybody: a restaurant, a café, a park. Not a home, not a room."
    )
