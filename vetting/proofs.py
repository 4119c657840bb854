"""Forms with photos, saved so that nothing is lost: what is right is kept even where something else is wrong."""

from django.http import HttpRequest

from common.errors import UserError
from vetting import services
from vetting.forms import CertificateForm, IdentityForm
from vetting.models import Certificate, Purpose


def save_identity_form(request: HttpRequest, form: IdentityForm) -> bool:
    """Keep whatever is valid; True when nothing is missing. A refusal is written on the form."""
    complete = form.is_valid()
    try:
        check = services.save_identity(by=request.user, **form.cleaned_data)
    except UserError as error:
        form.add_error(None, str(error))
        return False
    for name in ("card", "portrait"):
        form.fields[name].keep(getattr(check, name))
    return complete


def save_certificate_form(request: HttpRequest, form: CertificateForm) -> Certificate | None:
    """The certificate as a draft, or None with its reasons on the form; a good photo is kept even then."""
    complete = form.is_valid()
    words = dict(form.cleaned_data)
    try:
        if upload := words.pop("photo", None):
            kept = services.keep_loose_document(by=request.user, purpose=Purpose.CERTIFICATE, upload=upload)
            form.fields["photo"].keep(kept)
        if complete:
            return services.add_certificate(by=request.user, document=form.fields["photo"].kept, **words)
    except UserError as error:
        form.add_error(None, str(error))
    return None
