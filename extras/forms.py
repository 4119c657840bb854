import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import NameField
from extras.models import LEAST_FEN, MOST_FEN, REPLY_LENGTH, WHAT_LENGTH
from vetting.forms import PictureField

FEN_PER_YUAN = 100
# What people put around a sum.
AROUND = re.compile(r"^[¥￥\s]+|[元块\s]+$")
# Looked at before it is sent: a photo that came along would have to be chosen again.
TYPED = r"\s*[¥￥]?\s*\d{1,4}([.。]\d{1,2})?\s*[元块]?\s*"


class YuanField(forms.DecimalField):
    """A sum in yuan with at most two decimals, as fen."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "pattern": TYPED})

    def __init__(self, *, least_fen: int, most_fen: int, **kwargs: Any) -> None:
        bounds = {"min_value": Decimal(least_fen) / FEN_PER_YUAN, "max_value": Decimal(most_fen) / FEN_PER_YUAN}
        super().__init__(decimal_places=2, **bounds, **kwargs)

    def to_python(self, value: Any) -> Decimal | None:
        typed = AROUND.sub("", value).replace("。", ".") if isinstance(value, str) else value
        return super().to_python(typed)

    def clean(self, value: Any) -> int:
        return int(super().clean(value) * FEN_PER_YUAN)


class AskForm(forms.Form):
    """Something the companion laid out. The cleaned photo is a `vetting.pictures.Picture`."""

    what = NameField(
        label=_("What was it?"),
        help_text=_("For example: registration fee, copies, taxi. No diagnosis."),
        max_length=WHAT_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    amount_fen = YuanField(
        label=_("How much, in yuan?"),
        help_text=_("As on the receipt, from ¥1 to ¥2,000."),
        least_fen=LEAST_FEN,
        most_fen=MOST_FEN,
    )
    photo = PictureField(label=_("Photo of the receipt"))
    request_key = forms.UUIDField(widget=forms.HiddenInput)


class PayForm(forms.Form):
    """With which saved card; without one on the payment page."""

    card = forms.IntegerField(required=False)


class DeclineForm(forms.Form):
    reply = NameField(required=False, max_length=REPLY_LENGTH)
