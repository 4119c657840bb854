from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.services.disputes.evidence import MOST, NAMES


class EvidenceForm(forms.Form):
    """What is said to a payer's bank, by Stripe's names; sent once, so it has to be confirmed."""

    confirmed = forms.BooleanField(label=_("I have read all of it. It is sent once, and for good."))

    def __init__(self, *args: Any, labels: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NAMES:
            area = forms.Textarea(attrs={"rows": 6})
            self.fields[name] = forms.CharField(label=labels[name], required=False, widget=area)
        self.order_fields([*NAMES, "confirmed"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        texts = [given.get(name, "") for name in NAMES]
        if not any(texts):
            raise forms.ValidationError(_("Say something, or leave it."))
        if sum(map(len, texts)) > MOST:
            raise forms.ValidationError(_("This is more than the bank reads: at most 150,000 characters in all."))
        return given

    @property
    def evidence(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in NAMES}


class CardForm(forms.Form):
    """With which saved card; without one, or elsewhere though one is chosen, on the payment page."""

    card = forms.IntegerField(required=False)
    # A choice among several has a name of its own: with the button for another way, a version that knows no such button
    # must not charge what is only chosen.
    with_card = forms.IntegerField(required=False)
    elsewhere = forms.BooleanField(required=False)
