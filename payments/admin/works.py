"""The rows of payouts and of what finance has to do, to look at."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments import words
from payments.admin.dispute import MAY_ANSWER
from payments.admin.ordered import OfAStory
from payments.admin.sums import SumsAdmin, worded
from payments.models import (
    BankPayout,
    BookEntry,
    ByHand,
    Dispute,
    Earning,
    FinanceTask,
    Outside,
    Payout,
    PayoutAccount,
    Reversal,
)
from payments.services.finance import settle_tasks


@admin.register(PayoutAccount)
class PayoutAccountAdmin(SumsAdmin):
    list_display = ["user", "stripe_id", "can_receive", "can_withdraw", "disabled_reason", "left_at", "synced_at"]
    list_filter = ["can_receive", "can_withdraw"]
    list_select_related = ["user"]
    search_fields = ["=stripe_id", "user__email"]


@admin.register(Earning)
class EarningAdmin(OfAStory):
    list_display = ["story", "amount", "companion", "stopped", "due_at", "released_at", "kept", "settled_at"]
    list_display_links = ["settled_at"]
    list_filter = [("stopped", worded("failure"))]
    list_select_related = ["companion"]
    search_fields = ["companion__email"]


@admin.register(Payout)
class PayoutAdmin(OfAStory):
    ref_field = "earning"
    list_display = ["story", "amount", "status", "failure_reason", "reversed", "requested_at"]
    list_display_links = ["requested_at"]
    list_filter = ["status"]
    search_fields = ["=stripe_id", "=account_id"]


@admin.register(BankPayout)
class BankPayoutAdmin(SumsAdmin):
    codes = {"status": "bank_payout", "failure_code": "failure"}
    list_display = ["whose", "amount", "status", "failure_code", "arrives_at", "created_at"]
    list_display_links = ["created_at"]
    list_filter = [("status", worded("bank_payout"))]
    list_select_related = ["account__user"]
    search_fields = ["=stripe_id", "account__user__email"]

    @admin.display(description=gettext_lazy("Whose"))
    def whose(self, payout: BankPayout) -> str:
        return str(payout.account.user)


@admin.register(Reversal)
class ReversalAdmin(OfAStory):
    ref_field = "payout__earning"
    list_display = ["story", "amount", "status", "failure_reason", "requested_at"]
    list_display_links = ["requested_at"]
    list_filter = ["status"]
    list_select_related = ["payout"]
    search_fields = ["=stripe_id", "=payout__earning__ref"]


@admin.register(BookEntry)
class BookEntryAdmin(OfAStory):
    codes = {"kind": "line"}
    list_display = ["story", "amount", "kind", "fee", "net", "source", "created_at"]
    list_display_links = ["created_at"]
    list_filter = [("kind", worded("line")), "ours"]
    search_fields = ["=id", "=source", "=about"]


@admin.register(ByHand)
class ByHandAdmin(OfAStory):
    list_display = ["story", "amount", "why", "by", "source", "at"]
    list_display_links = ["at"]
    list_select_related = ["by"]
    search_fields = ["=source"]


@admin.register(Outside)
class OutsideAdmin(OfAStory):
    list_display = ["story", "amount", "kind", "whose", "why", "by", "number", "at"]
    list_display_links = ["at"]
    list_filter = ["kind"]
    list_select_related = ["by", "whose"]
    search_fields = ["=number", "whose__email"]


class IsOpen(admin.SimpleListFilter):
    """What is to be done, unless something else is asked for."""

    title = gettext_lazy("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("closed", _("closed")), ("all", _("All"))]

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        first, *others = super().choices(changelist)
        yield from [{**first, "display": _("To be done")}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[FinanceTask]) -> QuerySet[FinanceTask]:
        asked = {None: queryset.filter(closed_at=None), "closed": queryset.exclude(closed_at=None)}
        return asked.get(self.value(), queryset)


@admin.register(FinanceTask)
class FinanceTaskAdmin(OfAStory):
    list_display = ["kind", "standing", "story", "found", "opened_at"]
    list_filter = [IsOpen, "kind"]
    ordering = [F("closed_at").desc(nulls_first=True), "-opened_at"]
    search_fields = ["=key"]
    exclude = ["ref", "key", "note"]
    readonly_fields = ["story", "found", "about", "page"]
    actions = ["settle"]

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_ANSWER)

    @admin.action(description=gettext_lazy("It is decided and done"), permissions=["settle"])
    def settle(self, request: HttpRequest, chosen: QuerySet[FinanceTask]) -> None:
        # As many as were chosen: those that are settled may not be on this list any more.
        several = chosen.count()
        settled = settle_tasks(tasks=chosen)
        for task in settled:
            self.log_change(request, task, _("It is decided and done"))
        if len(settled) < several:
            messages.warning(request, _("The other tasks close by themselves when what they are about is mended."))

    @admin.display(description=gettext_lazy("State"), ordering="closed_at")
    def standing(self, task: FinanceTask) -> str:
        if task.closed_at is None:
            return format_html("<strong>{}</strong>", _("To be done"))
        return " ".join([_("closed"), date_format(localtime(task.closed_at), "Y-m-d")])

    @admin.display(description=gettext_lazy("What was found"))
    def found(self, task: FinanceTask) -> str:
        """In words, where it is a code of the provider."""
        return words.said(task.note, "note") or "-"

    @admin.display(description=gettext_lazy("What it is about"))
    def about(self, task: FinanceTask) -> str:
        """Its id at the provider, where it is more than the order."""
        return "-" if task.key == str(task.ref) else task.key

    @admin.display(description=gettext_lazy("Where to look"))
    def page(self, task: FinanceTask) -> str:
        """The page of the dispute it is about, or how the ledger is."""
        found = Dispute.objects.filter(stripe_id=task.key).values_list("pk", flat=True).first()
        if found is not None:
            return format_html('<a href="{}">{}</a>', reverse("admin:payments_dispute_change", args=[found]), task.key)
        return format_html('<a href="{}">{}</a>', reverse("admin:payments_health"), _("Ledger health"))
