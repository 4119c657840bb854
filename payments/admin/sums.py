"""Rows with sums: what is kept in fen is read in yuan, in lists and on the page of a row."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common.admin import ReadOnlyAdmin
from common.money import format_yuan

SUMS = {
    *("amount", "fee", "net", "refunded", "charged_back", "kept", "reversed"),
    *("ours_fen", "theirs_fen", "balance", "debits", "credits"),
}
Shown = str | Callable[[Any], str]


class SumsAdmin(ReadOnlyAdmin):
    class Media:
        css = {"all": ["css/admin/finance.css"]}

    def get_list_display(self, request: HttpRequest) -> list[Shown]:
        return self._in_yuan(super().get_list_display(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Shown]:
        return self._in_yuan(super().get_fields(request, obj))

    def _in_yuan(self, names: Any) -> list[Shown]:
        return [in_yuan(self.model, name) if name in SUMS else name for name in names]


def in_yuan(model: type[Model], name: str) -> Callable[[Any], str]:
    """The column of that name; it sorts as the numbers do, where it is a field."""

    def shown(row: Any) -> str:
        fen = getattr(row, name)
        return "-" if fen is None else format_yuan(fen)

    fields = {field.name: field.verbose_name for field in model._meta.fields}
    about: Any = shown
    about.__name__ = name
    about.short_description = fields.get(name, _("Balance"))
    about.admin_order_field = name if name in fields else None
    return shown
