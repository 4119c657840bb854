"""Form fields that speak as people do: yuan with two decimals, topics in one line."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.money import FEN_PER_YUAN
from listings.models.text import MAX_TOPICS, TOPIC_LENGTH
from places.names import plain_city


class YuanField(forms.DecimalField):
    """Typed in yuan, cleaned to fen (int). Bounds are given in fen."""

    def __init__(self, *, min_fen: int = 0, max_fen: int = 1_000_000, **kwargs: Any) -> None:
        low, high = Decimal(min_fen) / FEN_PER_YUAN, Decimal(max_fen) / FEN_PER_YUAN
        super().__init__(min_value=low, max_value=high, max_digits=8, decimal_places=2, **kwargs)
        self.widget.attrs["inputmode"] = "decimal"

    def clean(self, value: Any) -> int | None:
        yuan = super().clean(value)
        return None if yuan is None else int(yuan * FEN_PER_YUAN)

    def prepare_value(self, value: Any) -> Any:
        return _plain(Decimal(value) / FEN_PER_YUAN) if isinstance(value, int) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class CityField(forms.CharField):
    """The name alone, as all others write it: 北京市 and 北京 are one place to look in."""

    def clean(self, value: Any) -> str:
        return plain_city(super().clean(value))


class TopicsField(forms.CharField):
    """A few short words in one line, divided by commas, 、 or blanks; cleaned to a list without repeats."""

    default_error_messages = {
        "too_many": _("At most %(most)d topics, please."),
        "too_long": _("“%(topic)s” is too long: a topic has at most %(most)d characters."),
    }

    def clean(self, value: Any) -> list[str]:
        line = super().clean(value)
        topics = list(dict.fromkeys(word for word in re.split(r"[\s,，、;；#]+", line) if word))
        if len(topics) > MAX_TOPICS:
            self._refuse("too_many", most=MAX_TOPICS)
        for topic in topics:
            if len(topic) > TOPIC_LENGTH:
                self._refuse("too_long", topic=topic, most=TOPIC_LENGTH)
        if self.required and not topics:
            self._refuse("required")
        return topics

    def prepare_value(self, value: Any) -> Any:
        return "、".join(value) if isinstance(value, list) else value

    def _refuse(self, code: str, **params: Any) -> None:
        raise forms.ValidationError(self.error_messages[code], code=code, params=params)


def _plain(yuan: Decimal) -> str:
    return f"{yuan:.2f}".removesuffix(".00")
