from django.utils.translation import gettext_lazy as _

from common.errors import UserError


class TooManyQuickReplies(UserError):
    code = "too_many_quick_replies"
    message = _("You have 20 quick replies, which is as many as fit. Delete one first.")
    status = 409
