from datetime import date
from typing import Any

from allauth.account.forms import SignupForm as EmailSignupForm
from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.ages import EARLIEST_BIRTH_DATE, latest_birth_date, shanghai_today
from accounts.models import LANGUAGE_CODES, ONE_LINE, Gender, User
from common.words import tidy


class NameField(forms.CharField):
    """What somebody is called, tidied, in one line: it stands in the subjects of letters."""

    default_validators = (ONE_LINE,)

    def to_python(self, value: Any) -> str:
        return tidy(super().to_python(value))


class SignupForm(EmailSignupForm):
    """E-mail and password, and what we may not do without: a name to call you by and the date of your birth."""

    field_order = ("email", "password1", "display_name", "birth_date")

    display_name = NameField(
        label=_("What shall we call you?"),
        help_text=_("A nickname is fine. Companions see it."),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    birth_date = forms.DateField(
        label=_("Date of birth"),
        help_text=_("Wozai is for people of 18 and over. Only moderators who check an application see this."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "bday"}),
    )

    def clean_birth_date(self) -> date:
        born = self.cleaned_data["birth_date"]
        today = shanghai_today()
        if not EARLIEST_BIRTH_DATE <= born <= today:
            raise forms.ValidationError(_("Please check the year; that date cannot be right."), code="impossible")
        if born > latest_birth_date(today):
            raise forms.ValidationError(
                _(
                    "Wozai is only for people of 18 and over, so we cannot let you in yet. If something weighs on you "
                    "now, the youth line 12355 is there to listen."
                ),
                code="too_young",
            )
        return born

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Two sign-ups with one address at the same moment: the second is answered as if it had come later."""
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:
            if not User.objects.filter(email=self.cleaned_data["email"]).exists():
                raise
        self.full_clean()
        if self.is_valid():
            return super().try_save(request)
        messages.error(request, self.errors["email"][0])
        return None, redirect("account_login")

    def language(self) -> str:
        """The language the person signs up in, if it is one of ours."""
        current = translation.get_language()
        return current if current in LANGUAGE_CODES else LANGUAGE_CODES[0]


class ProfileForm(forms.ModelForm):
    gender = forms.ChoiceField(
        label=_("Gender"),
        help_text=_(
            "Only for appointments in person: some companions meet only women or only men. It is shown to nobody."
        ),
        choices=Gender.choices,
        required=False,
    )

    class Meta:
        model = User
        fields = ["display_name", "language"]
        field_classes = {"display_name": NameField}

    def clean_gender(self) -> str:
        """Who does not say it leaves it as it is."""
        return self.cleaned_data["gender"] or self.initial["gender"]
