"""Lists of rows that are about an order: each with its number, found by it, and on its way to all of its money."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from payments.admin.sums import SumsAdmin
from payments.services.naming import number_of, numbers_of
from payments.services.reconciling import find_ref


def story_link(ref: Any, number: str) -> str:
    return format_html('<a href="{}">{}</a>', reverse("admin:payments_story", args=[ref]), number)


class NumberedList(ChangeList):
    """Knows the numbers of the rows it shows, with one question for all of them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        numbers = numbers_of([row.ref for row in self.result_list])
        for row in self.result_list:
            row.order_number = numbers.get(row.ref, str(row.ref))


class OfAStory(SumsAdmin):
    """`ref_field` is the column with the reference, where it is not called so."""

    ref_field = "ref"
    exclude = ["ref"]
    readonly_fields: Sequence[str] = ["story"]

    @admin.display(description=_("Order"))
    def story(self, row: Any) -> str:
        if row.ref is None:
            return "-"
        return story_link(row.ref, row.order_number if hasattr(row, "order_number") else number_of(row.ref))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return NumberedList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Model], search_term: str
    ) -> tuple[QuerySet[Model], bool]:
        """By the order too, whatever that is known by."""
        ref = find_ref(search_term) if search_term else None
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        return (found | queryset.filter(**{self.ref_field: ref}) if ref else found), may_repeat
