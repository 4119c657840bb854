from datetime import date
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from accounts.ages import shanghai_today
from common.errors import UserError
from vetting.models import Certificate, CertificateLabel, IdentityCheck, PrivateDocument, Purpose
from vetting.pictures import MOST_BYTES, Picture, redraw

PICTURES = "image/jpeg,image/png,image/webp"


class PictureField(forms.FileField):
    """A photo, drawn anew as it is read (a `Picture`); `kept` is the one that takes its place when none is sent."""

    widget = forms.FileInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs["accept"] = PICTURES
        self.kept: PrivateDocument | Picture | None = None

    def keep(self, document: PrivateDocument | Picture | None) -> None:
        self.kept = document
        if document:
            self.required = False
            self.help_text = _("A photo is kept, sealed. Choose another only to replace it.")

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if not upload:
            return None
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(_("This photo is larger than 8 MB. Please take a smaller one."))
        try:
            return redraw(upload)
        except UserError as error:
            raise forms.ValidationError(str(error)) from error


class IdentityForm(forms.Form):
    real_name = forms.CharField(
        label=_("Real name"),
        help_text=_("As on your ID card. Clients never see it."),
        min_length=2,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    number_tail = forms.CharField(
        label=_("Last 4 characters of the ID number"),
        help_text=_("Only these four. We do not keep the whole number."),
        validators=[RegexValidator(r"^\d{3}[\dXx]$", _("Four digits, or three and an X."))],
        max_length=4,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    card = PictureField(label=Purpose.ID_CARD.label)
    portrait = PictureField(label=Purpose.ID_PORTRAIT.label)

    def __init__(self, *args: Any, check: IdentityCheck | None, **kwargs: Any) -> None:
        known = {"real_name": check.real_name, "number_tail": check.number_tail} if check else {}
        super().__init__(*args, initial=known, **kwargs)
        for name in ("card", "portrait"):
            document = getattr(check, name, None)
            self.fields[name].keep(document if document and not document.erased_at else None)

    def clean_number_tail(self) -> str:
        return self.cleaned_data["number_tail"].upper()


class CertificateForm(forms.ModelForm):
    photo = PictureField(label=Purpose.CERTIFICATE.label)

    class Meta:
        model = Certificate
        fields = ["label", "number_tail", "issued_by", "expires_on"]
        widgets = {"expires_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        help_texts = {
            "number_tail": _("At most six; we do not keep the whole number."),
            "expires_on": _("The last day it is valid."),
        }

    def __init__(self, *args: Any, kept: PrivateDocument | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["label"].choices = [("", "—"), *CertificateLabel.choices]
        self.fields["photo"].keep(kept)

    def clean_expires_on(self) -> date:
        day = self.cleaned_data["expires_on"]
        if day < shanghai_today():
            raise forms.ValidationError(_("This certificate has expired already."))
        return day
