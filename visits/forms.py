from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.forms import NameField
from common.words import tidy
from listings.models import Listing
from places import services as places
from places.models import Hospital
from places.venues import is_for_patients
from visits.models import Patient, StageName
from visits.services import Help, Needs, Plan

WORDS_LENGTH = 500
PHONE = RegexValidator(r"^\+?[\d -]{6,20}$", _("Please check the number: digits only, with blanks if you like."))
HEALTH_FIELDS = ("patient_name", "patient_phone", "department", "words", "help")


class TidyField(forms.CharField):
    def to_python(self, value: Any) -> str:
        return tidy(super().to_python(value))


class PlanForm(forms.Form):
    """Who is accompanied and where the two meet; then, apart, what is about health and stands under a consent."""

    patient = forms.ChoiceField(
        label=_("Who is going to the hospital?"), choices=Patient.choices, widget=forms.RadioSelect
    )
    meeting_point = NameField(
        label=_("Where exactly do you meet?"),
        help_text=_("So that you find each other: an entrance, a hall, a bus stop. No medical details here."),
        max_length=60,
    )
    department = NameField(label=_("Department"), max_length=40, required=False)
    patient_name = NameField(label=_("What to call the patient"), max_length=20, required=False)
    patient_phone = forms.CharField(
        label=_("Phone of the patient"),
        help_text=_("Only if your companion has to reach somebody other than you."),
        required=False,
        max_length=20,
        validators=[PHONE],
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    help = forms.MultipleChoiceField(
        label=_("What would help"), choices=Help.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    words = TidyField(
        label=_("What your companion should know"),
        help_text=_("The appointment, walking and hearing, allergies, what the doctor is to be asked."),
        required=False,
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    consents = forms.BooleanField(
        label=_(
            "I agree that Wozai keeps for this visit what I told above about health, and what my companion notes of it."
        ),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A phone goes from hand to hand in a family.
        for name in HEALTH_FIELDS:
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def clean_meeting_point(self) -> str:
        return _for_patients(self.cleaned_data["meeting_point"])

    def clean(self) -> dict[str, Any]:
        told = any(self.cleaned_data.get(name) for name in HEALTH_FIELDS)
        if told and not self.cleaned_data.get("consents"):
            self.add_error(
                "consents", _("Please tick this, or leave the fields about health empty: without them it works too.")
            )
        return self.cleaned_data

    def plan(self) -> Plan:
        told = self.cleaned_data
        needs = Needs(**{name: told[name] for name in HEALTH_FIELDS} | {"help": tuple(told["help"])})
        return Plan(
            patient=told["patient"], meeting_point=told["meeting_point"], needs=needs, consents=told["consents"]
        )


class VisitForm(PlanForm):
    """The plan of a new order: at the listing's hospital unless another one of its city is named. What is called by a
    name people use gets its official one; one that is not in the table stays as typed."""

    hospital = NameField(label=_("Hospital"), max_length=60)
    field_order = ("hospital", "patient", "meeting_point")

    def __init__(self, *args: Any, listing: Listing, **kwargs: Any) -> None:
        super().__init__(*args, initial={"hospital": listing.hospital}, **kwargs)
        self.listing = listing
        for name in ("hospital", "department"):
            self.fields[name].widget.attrs |= {"list": f"{name}-names", "autocomplete": "off"}

    def clean_hospital(self) -> str:
        named = self.cleaned_data["hospital"]
        return named if self.known else _for_patients(named)

    @cached_property
    def hospitals(self) -> list[Hospital]:
        """Those of the city that are known."""
        return places.hospitals(self.listing.city)

    @cached_property
    def known(self) -> Hospital | None:
        """The hospital of the table that is meant."""
        return places.find(self.listing.city, self["hospital"].value() or "")

    @property
    def departments(self) -> list[str]:
        return [label for _key, label in places.departments(self.known)] if self.known else []

    @property
    def place(self) -> str:
        """Where the two meet, in one line."""
        typed = self.cleaned_data["hospital"]
        if typed == self.listing.hospital:
            return self.listing.place
        return " ".join([self.listing.city, *([self.known.district, self.known.name] if self.known else [typed])])


def _for_patients(words: str) -> str:
    if not is_for_patients(words):
        raise forms.ValidationError(
            _("Please name a hospital, and a place there or in the street. Not a home, not a hotel room.")
        )
    return words


class StageForm(forms.Form):
    name = forms.ChoiceField(choices=StageName.choices)
    request_key = forms.UUIDField()


class HandoverForm(forms.Form):
    words = TidyField(
        label=_("What you hand over"),
        help_text=_("What the doctor said, what was given, what comes next. In the doctor's words, not in yours."),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
    )
