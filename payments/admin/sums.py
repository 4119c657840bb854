"""Rows as finance reads them: what is kept in fen in yuan, codes in words, in lists and on the page of a row."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.contrib.admin import AllValuesFieldListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import DateTimeField, Model
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
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

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> list[Shown]:
        """The columns that `list_display_links` names, whatever is shown in their place."""
        named = super().get_list_display_links(request, list_display) or []
        return [shown for shown in list_display if shown in named or getattr(shown, "__name__", None) in named]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Called as its rows are: nobody is asked to choose one."""
        called = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, {**called, **(extra_context or {})})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Shown]:
        return self._to_read(super().get_fields(request, obj))

    def _to_read(self, names: Any) -> list[Shown]:
        return [self._shown(name) for name in names]

    def _shown(self, name: str) -> Shown:
        if name in SUMS:
            return in_yuan(self.model, name)
        if name in self.codes:
            return in_words(self.model, name, self.codes[name])
        return in_minutes(self.model, name) if name in _moments(self.model) else name


def said_at(moment: datetime | None) -> str:
    """As all finance pages write it, in every language."""
    return "-" if moment is None else date_format(localtime(moment), "Y-m-d H:i")


def _moments(model: type[Model]) -> set[str]:
    return {field.name for field in model._meta.fields if isinstance(field, DateTimeField)}


def in_yuan(model: type[Model], name: str) -> Callable[[Any], str]:
    """The column of that name; it sorts as the numbers do, where it is a field."""
    return _column(model, name, lambda fen: "-" if fen is None else format_yuan(fen))


def in_words(model: type[Model], name: str, of: str) -> Callable[[Any], str]:
    """The column of that name, in words of `words.ALL[of]`."""
    return _column(model, name, lambda code: words.said(code, of) or "-")


def in_minutes(model: type[Model], name: str) -> Callable[[Any], str]:
    """The column of that name, to the minute; it sorts as the moments do."""
    return _column(model, name, said_at)


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
