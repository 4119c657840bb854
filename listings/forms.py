from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import NameField
from common.money import format_yuan
from listings.fields import CityField, TopicsField, YuanField
from listings.kinds import KIND_CHOICES, Kind
from listings.models import TEXT_FIELDS, Application, Companion, ListingRevision, SpokenLanguage
from listings.models.text import ABOUT_LENGTH, HEADLINE_LENGTH
from listings.rules import Question
from places import services as places
from places.models import Hospital

NUMBER_WORDS = {
    "promise_s": (
        _("Reply promise (seconds)"),
        _("If a message waits longer than this, the clock stops and the client does not pay for the wait."),
    ),
    "included_hours": (_("Hours included"), _("How long a visit may take for this price.")),
    "overtime_fen": (_("Overtime per half hour (¥)"), _("Only for overtime the client agreed to beforehand.")),
}


PLACE = ["city", "hospital", "district"]
# The page itself, asked for with another city, has them.
SUGGEST_ITS_HOSPITALS = {
    "hx-get": "",
    "hx-trigger": "change",
    "hx-target": "#hospital-names",
    "hx-select": "#hospital-names",
    "hx-swap": "outerHTML",
}


class ProfileForm(forms.ModelForm):
    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=SpokenLanguage.choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Companion
        fields = ["display_name", "gender", "city", "languages", "about"]
        field_classes = {"display_name": NameField, "city": CityField}
        widgets = {"gender": forms.RadioSelect, "about": forms.Textarea(attrs={"rows": 5})}
        labels = {"about": _("About you")}
        help_texts = {
            "display_name": _("What clients call you. Not your full name."),
            "city": _("The city you live in, for example Shanghai."),
            "about": _("A few sentences about yourself. No phone numbers or other contacts, please."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["gender"].choices = Companion._meta.get_field("gender").choices


class OfferForm(forms.ModelForm):
    """What an applicant would like to offer, in a few words; each listing says it at length later."""

    kinds = forms.MultipleChoiceField(label=_("Kinds"), choices=KIND_CHOICES, widget=forms.CheckboxSelectMultiple)
    topics = TopicsField(
        label=_("Topics"),
        help_text=_("What you are good company for: up to 8 short words, divided by 、, commas or blanks."),
        max_length=200,
    )

    class Meta:
        model = Application
        fields = ["kinds", "topics", "not_offered"]
        widgets = {"not_offered": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"not_offered": _("Say it plainly; it spares both sides a disappointment.")}


class RulesForm(forms.Form):
    """One question each; a wrong answer is explained where it stands."""

    def __init__(self, *args: Any, questions: list[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in questions:
            self.fields[question.key] = forms.ChoiceField(
                label=question.text, choices=question.choices, widget=forms.RadioSelect
            )

    def explain(self, wrong: list[Question]) -> None:
        for question in wrong:
            if question.key not in self.errors:
                self.add_error(question.key, str(question.why))


class ListingForm(forms.ModelForm):
    """The text of one listing; asks only for what its kind has."""

    headline = forms.CharField(
        label=_("Headline"),
        help_text=_("One sentence that sounds like you."),
        min_length=HEADLINE_LENGTH[0],
        max_length=HEADLINE_LENGTH[1],
    )
    about = forms.CharField(
        label=_("About"),
        min_length=ABOUT_LENGTH[0],
        max_length=ABOUT_LENGTH[1],
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    topics = TopicsField(label=_("Topics"), max_length=200)

    class Meta:
        model = ListingRevision
        fields = TEXT_FIELDS
        field_classes = {"display_name": NameField, "city": CityField}
        widgets = {"not_offered": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "not_offered": _("Say it plainly; it spares both sides a disappointment."),
            "hospital": _(
                "The one you know best. A short name will do for those in the list; of another please give the full "
                "name, a moderator looks it up."
            ),
            "venue_area": _("A public place: a shopping street, a park, a food court."),
        }

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.kind = kind.key
        for name in (*kind.foreign_numbers, *kind.foreign_words):
            del self.fields[name]
        self.fields["about"].help_text = _("%(what)s At least %(least)d characters.") % {
            "what": kind.about_hint,
            "least": ABOUT_LENGTH[0],
        }
        self.fields["topics"].help_text = _(
            "Up to 8 short words, divided by 、, commas or blanks, for example: %(examples)s"
        ) % {"examples": kind.topics_example}
        self.fields["price_fen"] = _price_field(kind)
        for name, bounds in kind.numbers.items():
            self.fields[name] = _number_field(name, *bounds)
        for name in kind.words:
            self.fields[name].required = True
        if kind.at_hospital:
            self._ask_for_hospital()

    def _ask_for_hospital(self) -> None:
        """The city first, whose hospitals are then suggested; a hospital that is known says its district itself."""
        self.fields["city"].widget.attrs |= {"list": "city-names", "data-city": "", **SUGGEST_ITS_HOSPITALS}
        self.fields["hospital"].widget.attrs |= {"list": "hospital-names", "data-hospital": "", "autocomplete": "off"}
        self.fields["district"].help_text = _("Filled in for a hospital of the list.")
        at = list(self.fields).index("city")
        names = [name for name in self.fields if name not in PLACE]
        self.order_fields([*names[:at], *PLACE, *names[at:]])

    def cities(self) -> list[str]:
        """Those whose hospitals are known."""
        return places.cities()

    def hospitals(self) -> list[Hospital]:
        """To choose from in the city as it stands in the form."""
        try:
            return places.hospitals(self.fields["city"].clean(self["city"].value()))
        except forms.ValidationError:
            return []


def _price_field(kind: Kind) -> YuanField:
    usual = {"low": format_yuan(kind.usual_price_fen[0]), "high": format_yuan(kind.usual_price_fen[1])}
    return YuanField(
        label=_("Price per hour (¥)") if kind.price_unit == "hour" else _("Price per visit (¥)"),
        help_text=_("Usually %(low)s to %(high)s.") % usual,
        min_fen=kind.price_min_fen,
        max_fen=kind.price_max_fen,
    )


def _number_field(name: str, low: int, high: int) -> forms.Field:
    label, hint = NUMBER_WORDS[name]
    if name.endswith("_fen"):
        return YuanField(label=label, help_text=hint, min_fen=low, max_fen=high)
    return forms.IntegerField(label=label, help_text=hint, min_value=low, max_value=high)
