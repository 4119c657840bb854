import re
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import NameField
from common.money import FEN_PER_YUAN
from common.words import tidy
from extras.models import LEAST_FEN, MOST_FEN, REPLY_LENGTH, WHAT_LENGTH
from vetting.forms import PictureField
from vetting.pictures import Picture

# A longer one is no sum, and is not looked at any further.
LONGEST_SUM = 24
BEFORE, AFTER = ("¥", "RMB", "CNY"), ("元", "块", "圆", "RMB", "CNY")
# What a Chinese keyboard writes for ours. Not all that looks alike: to Unicode's own folding 5² is 52.
KEYBOARD = str.maketrans("０１２３４５６７８９，．。￥", "0123456789,..¥")
# In groups of three, or without; nothing of it can be read in two ways, so nothing is tried twice. 0,500 may be meant
# as half a yuan.
NUMBER = re.compile(r"([1-9]\d{0,2}(,\d{3})+|\d+)(\.\d*)?", re.ASCII)


class YuanField(forms.DecimalField):
    """A sum in yuan with at most two decimals, as fen."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "maxlength": LONGEST_SUM})
    default_error_messages = {"invalid": _("Please write the sum in figures, for example 23.50.")}

    def __init__(self, *, least_fen: int, most_fen: int, **kwargs: Any) -> None:
        bounds = {"min_value": Decimal(least_fen) / FEN_PER_YUAN, "max_value": Decimal(most_fen) / FEN_PER_YUAN}
        super().__init__(decimal_places=2, **bounds, **kwargs)

    def to_python(self, value: str | None) -> Decimal | None:
        typed = value or ""
        bare = _bare(typed) if len(typed) <= LONGEST_SUM else None
        # 1e3 and 1_000 are numbers to Python alone.
        if bare is None or (bare and not NUMBER.fullmatch(bare)):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(bare.replace(",", ""))

    def clean(self, value: Any) -> int:
        return int(super().clean(value) * FEN_PER_YUAN)


def _bare(typed: str) -> str:
    """Without what people put around a sum, and with our digits, comma and point for those of a Chinese keyboard."""
    bare = tidy(typed).translate(KEYBOARD).upper()
    for word in BEFORE:
        bare = bare.removeprefix(word).strip()
    for word in AFTER:
        bare = bare.removesuffix(word).strip()
    return bare


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

    def __init__(self, *args: Any, kept: Picture | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["photo"].keep(kept)

    def clean_photo(self) -> Picture:
        """The one that was sent, or the one that is kept."""
        return self.cleaned_data["photo"] or self.fields["photo"].kept

    def keep(self, photo: Picture) -> None:
        """Its next try need not send the photo again."""
        self.fields["photo"].keep(photo)
        # Looking at what was sent has drawn the field already.
        self["photo"].help_text = self.fields["photo"].help_text

    def goes_on_as(self, request_key: UUID) -> None:
        """Sent once more as it is, it asks anew."""
        self.data = self.data.copy()
        self.data["request_key"] = str(request_key)
        self.cleaned_data["request_key"] = request_key


class DeclineForm(forms.Form):
    reply = NameField(
        label=_("A word to your companion"),
        required=False,
        max_length=REPLY_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
