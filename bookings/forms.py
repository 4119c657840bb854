import unicodedata
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.models import MeetingCode, ReportCategory
from bookings.models.review import STARS, WORDS_LENGTH
from common.words import tidy
from listings.kinds import KINDS

CODE_LENGTH = 6
OLDEST_MS = 2**53 - 1
"""What a page can count to."""


class MomentField(forms.DateTimeField):
    """When something begins, in UTC. What is no day of the calendar there makes no sense, as other nonsense."""

    def to_python(self, value: Any) -> datetime | None:
        try:
            moment = super().to_python(value)
            return moment and moment.astimezone(UTC)
        except OverflowError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class OrderForm(forms.Form):
    """What the client may choose: how long, and when, if not at once. The sum is computed from the listing;
    `seen_fen` is the listing's price as it stood on the page."""

    minutes = forms.IntegerField(min_value=1, max_value=max(kind.largest_minutes for kind in KINDS.values()))
    starts_at = MomentField(required=False)
    later = forms.BooleanField(required=False)
    request_key = forms.UUIDField(widget=forms.HiddenInput)
    seen_fen = forms.IntegerField()

    def clean(self) -> dict[str, Any]:
        # Whoever was choosing a time and sent none does not mean this minute.
        if self.cleaned_data.pop("later") and not self.cleaned_data.get("starts_at"):
            self.add_error("starts_at", self.fields["starts_at"].error_messages["required"])
        return self.cleaned_data

    def wanted(self) -> dict[str, Any]:
        """How long and when."""
        return {name: self.cleaned_data[name] for name in ("minutes", "starts_at")}

    def choice(self) -> dict[str, str]:
        """What was chosen, as the address of the page it was chosen on says it."""
        starts_at = self.cleaned_data["starts_at"]
        when = {"starts_at": starts_at.isoformat()} if starts_at else {}
        return {"minutes": str(self.cleaned_data["minutes"]), **when}


class MoveForm(forms.Form):
    """When it would begin instead."""

    starts_at = MomentField()
    request_key = forms.UUIDField()

    def choice(self) -> dict[str, str]:
        """What was chosen, as the address of the page it was chosen on says it."""
        return {"starts_at": self.cleaned_data["starts_at"].isoformat()}


class MoreForm(forms.Form):
    """How much more."""

    minutes = forms.IntegerField(min_value=1, max_value=24 * 60)
    request_key = forms.UUIDField()


class CodeForm(forms.Form):
    """What the companion types from the client's page: spaces and full-width digits count as typed plainly.

    `age_ms` and `request_key` come from a page that keeps it until there is a network: typed so long ago, and once.
    """

    purpose = forms.ChoiceField(choices=MeetingCode.Purpose.choices)
    digits = forms.CharField(max_length=20)
    age_ms = forms.IntegerField(required=False, min_value=0, max_value=OLDEST_MS)
    request_key = forms.UUIDField(required=False)

    def clean_age_ms(self) -> int:
        return self.cleaned_data["age_ms"] or 0

    def clean_digits(self) -> str:
        digits = "".join(unicodedata.normalize("NFKC", self.cleaned_data["digits"]).split())
        if not (len(digits) == CODE_LENGTH and digits.isascii() and digits.isdecimal()):
            raise forms.ValidationError(_("The code has six digits."))
        return digits


class CancelForm(forms.Form):
    """What the page said would come back."""

    expected_fen = forms.IntegerField(required=False, min_value=0)


class WordsField(forms.CharField):
    """What a person says, tidied, in at most 500 characters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": WORDS_LENGTH, "widget": forms.Textarea(attrs={"rows": 4}), **kwargs})

    def to_python(self, value: Any) -> str:
        return tidy(super().to_python(value))


class ReviewForm(forms.Form):
    stars = forms.TypedChoiceField(
        label=_("Stars"),
        coerce=int,
        choices=[(number, str(number)) for number in STARS],
        error_messages={"required": _("Please choose one to five stars.")},
    )
    text = WordsField(label=_("In words"), required=False)


class AnswerForm(forms.Form):
    text = WordsField(
        label=_("Your answer"),
        help_text=_("Everybody who reads the review reads it below. It can be written once and not be changed."),
    )


class ReportForm(forms.Form):
    category = forms.ChoiceField(
        label=_("What is wrong with it?"), choices=ReportCategory.choices, widget=forms.RadioSelect
    )
    words = WordsField(label=_("In words"), help_text=_("Only moderators read this."), required=False)
