from django.utils.translation import gettext_lazy as _

from common.errors import UserError


class TooManyQuickReplies(UserError):
    code = "too_many_quick_replies"
    message = _("You have 20 quick replies, which is as many as fit. Delete one first.")
    status = 409


class NotAPicture(UserError):
    code = "not_a_picture"
    message = _("This cannot be shown as a picture. JPEG, PNG, WebP and GIF can; HEIC and other files cannot.")
    status = 415


class PictureTooLarge(UserError):
    code = "picture_too_large"
    message = _("This picture is larger than 10 MB or has too many pixels. Please choose a smaller one.")
    status = 413


class TooManyPictures(UserError):
    code = "too_many_pictures"
    message = _("That is 30 pictures within an hour. A little later there is room for more.")
    status = 429

    def __init__(self, retry_after_s: int) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


class ChatClosed(UserError):
    code = "session_closed"
    message = _("The chat is closed, so no picture can be sent.")
    status = 409
