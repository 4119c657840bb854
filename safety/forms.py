import re
from typing import Any
from unicodedata import normalize

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import NameField
from common.words import tidy
from safety.models import LATE_MINUTES, MOST_DIRECTIONS, TrustedContact
from safety.models.contact import WRONG_NUMBER
from safety.services import Place

BETWEEN_DIGITS = re.compile(r"[\s().\-–—]")
ABROAD = re.compile("^00")


class PhoneField(forms.CharField):
    """As people write it: blanks, hyphens and brackets do not count, 00 is a plus, and full-width digits are digits."""

    def to_python(self, value: Any) -> str:
        typed = normalize("NFKC", tidy(super().to_python(value)))
        return ABROAD.sub("+", BETWEEN_DIGITS.sub("", typed))

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """The longest is counted without what stands between the digits: typed, it may be longer."""
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class ContactForm(forms.ModelForm):
    class Meta:
        model = TrustedContact
        fields = ["name", "email", "phone"]
        field_classes = {"name": NameField, "phone": PhoneField}
        widgets = {"phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "inputmode": "tel"})}
        error_messages = {"phone": {"max_length": WRONG_NUMBER}}
        help_texts = {
            "name": _("As you call them: Mum, or a friend's name."),
            "email": _("Here goes the link to your meeting, and word if you call for help."),
            "phone": _("So that you can call them with one tap, and our people on duty too, if you called for help."),
        }


class DirectionsForm(forms.Form):
    text = forms.CharField(
        label=_("How to find me"),
        help_text=_("In words: which exit, which door, what you wear. Leave it empty to take it back."),
        required=False,
        max_length=MOST_DIRECTIONS,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_text(self) -> str:
        return tidy(self.cleaned_data["text"])


class DelayForm(forms.Form):
    minutes = forms.TypedChoiceField(coerce=int, choices=[(minutes, str(minutes)) for minutes in LATE_MINUTES])
    key = forms.UUIDField()


class AlarmForm(forms.Form):
    """Where the browser says one is, if one ticked for it. Nothing in it can keep a call for help from being made."""

    consent = forms.BooleanField(required=False)
    latitude = forms.FloatField(required=False, min_value=-90, max_value=90)
    longitude = forms.FloatField(required=False, min_value=-180, max_value=180)
    metres = forms.FloatField(required=False, min_value=0, max_value=1_000_000)

    def place(self) -> Place | None:
        """The position, where all of it makes sense and consent was given."""
        self.is_valid()
        said = [self.cleaned_data.get(name) for name in ("latitude", "longitude", "metres")]
        if not self.cleaned_data.get("consent") or None in said:
            return None
        latitude, longitude, metres = said
        return Place(latitude, longitude, round(metres))
