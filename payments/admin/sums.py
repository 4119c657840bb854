"""Rows as finance reads them: what is kept in fen in yuan, codes in words, in lists and on the page of a row."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from django.contrib.admin import AllValuesFieldListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common.admin import ReadOnlyAdmin
from common.money import format_yuan
from payments import words

SUMS = {
    *("amount", "fee", "net", "refunded", "charged_back", "kept", "reversed"),
    *("ours_fen", "theirs_fen", "balance", "debits", "credits"),
}
Shown = str | Callable[[Any], str]


class SumsAdmin(ReadOnlyAdmin):
    """`codes`: the columns with a code, and for each the key of `words.ALL` with its words."""

    codes: Mapping[str, str] = MappingProxyType(
        {"failure_reason": "failure", "failure_code": "failure", "stopped": "failure", "last_decline": "failure"}
    )

    class Media:
        css = {"all": ["css/admin/finance.css"]}

    def get_list_display(self, request: HttpRequest) -> list[Shown]:
        return self._to_read(super().get_list_display(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Shown]:
        return self._to_read(super().get_fields(request, obj))

    def _to_read(self, names: Any) -> list[Shown]:
        return [self._shown(name) for name in names]

    def _shown(self, name: str) -> Shown:
        if name in SUMS:
            return in_yuan(self.model, name)
        return in_words(self.model, name, self.codes[name]) if name in self.codes else name


def in_yuan(model: type[Model], name: str) -> Callable[[Any], str]:
    """The column of that name; it sorts as the numbers do, where it is a field."""
    return _column(model, name, lambda fen: "-" if fen is None else format_yuan(fen))


def in_words(model: type[Model], name: str, of: str) -> Callable[[Any], str]:
    """The column of that name, in words of `words.ALL[of]`."""
    return _column(model, name, lambda code: words.said(code, of) or "-")


def worded(of: str) -> type[AllValuesFieldListFilter]:
    """A filter of a list by a code, in words of `words.ALL[of]`."""

    class Worded(AllValuesFieldListFilter):
        def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
            for choice in super().choices(changelist):
                yield {**choice, "display": words.said(choice["display"], of)}

    return Worded


def _column(model: type[Model], name: str, said: Callable[[Any], str]) -> Callable[[Any], str]:
    def shown(row: Any) -> str:
        return said(getattr(row, name))

    fields = {field.name: field.verbose_name for field in model._meta.fields}
    about: Any = shown
    about.__name__ = name
    about.short_description = fields.get(name, _("Balance"))
    about.admin_order_field = name if name in fields else None
    return shown
