from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from common.errors import UserError


class NotAPicture(UserError):
    code = "not_a_picture"
    message = _(
        "Please send a photo: JPEG, PNG or WebP. PDFs and other files cannot be taken; a photo of the page can."
    )


class PictureTooLarge(UserError):
    code = "picture_too_large"
    message = _("This photo is larger than 8 MB or has too many pixels. Please take a smaller one.")


class PictureTooSmall(UserError):
    code = "picture_too_small"
    message = _("Nothing can be read on a photo this small. Please take a larger one.")


class PhotoGone(UserError):
    code = "photo_gone"
    message = _(
        "This photo was used or replaced at the same moment. Please look at your certificates before you go on."
    )
    status = 409


class DocumentNotFound(UserError):
    code = "document_not_found"
    message = _("There is no such document for you.")
    status = 404


class IdentityWaits(UserError):
    code = "identity_waits"
    message = _("Your identity is being checked, or has been proved already. Nothing was changed.")
    status = 409


class IdentityIncomplete(UserError):
    code = "identity_incomplete"
    message = _("Please give your real name, the last four characters of your ID number and both photos.")


class IdentityNotProved(UserError):
    code = "identity_not_proved"
    message = _("The identity behind this has not been proved, so it cannot be approved. Please send it back.")
    status = 409


class DocumentsUnopened(UserError):
    code = "documents_unopened"
    status = 409

    def __init__(self, labels: Iterable[str]) -> None:
        super().__init__()
        names = {"documents": ", ".join(labels)}
        self.message = _("Please open each photo before you accept it. Not opened by you yet: %(documents)s.") % names


class TooManyCertificates(UserError):
    code = "too_many_certificates"
    message = _("You have as many certificates here as one person can have. Please take one away first.")
    status = 409


class CertificateNotFound(UserError):
    code = "certificate_not_found"
    message = _("There is no such certificate, or it has been handed in already.")
    status = 404
