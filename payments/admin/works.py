"""The rows of payouts and of what finance has to do, to look at."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.admin.dispute import MAY_ANSWER
from payments.admin.ordered import OfAStory
from payments.admin.sums import SumsAdmin
from payments.models import (
    BankPayout,
    BookEntry,
    ByHand,
    Dispute,
    Earning,
    FinanceTask,
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
    list_display = ["settled_at", "story", "companion", "amount", "kept", "due_at", "released_at", "stopped"]
    list_filter = ["stopped"]
    list_select_related = ["companion"]
    search_fields = ["companion__email"]


@admin.register(Payout)
class PayoutAdmin(OfAStory):
    ref_field = "earning"
    list_display = ["requested_at", "story", "seq", "amount", "reversed", "status", "failure_reason", "stripe_id"]
    list_filter = ["status"]
    search_fields = ["=stripe_id", "=account_id"]


@admin.register(BankPayout)
class BankPayoutAdmin(SumsAdmin):
    list_display = ["created_at", "stripe_id", "account", "amount", "status", "failure_code", "arrives_at"]
    list_filter = ["status"]
    list_select_related = ["account"]
    search_fields = ["=stripe_id", "account__user__email"]


@admin.register(Reversal)
class ReversalAdmin(SumsAdmin):
    list_display = ["requested_at", "payout", "dispute", "amount", "status", "failure_reason", "stripe_id"]
    list_filter = ["status"]
    list_select_related = ["payout", "dispute"]
    search_fields = ["=stripe_id", "=payout__earning__ref"]


@admin.register(BookEntry)
class BookEntryAdmin(OfAStory):
    list_display = ["created_at", "kind", "amount", "fee", "net", "source", "about", "story"]
    list_filter = ["kind", "ours"]
    search_fields = ["=id", "=source", "=about"]


@admin.register(ByHand)
class ByHandAdmin(OfAStory):
    list_display = ["at", "source", "story", "amount", "refund", "by", "why"]
    list_select_related = ["refund", "by"]
    search_fields = ["=source"]


@admin.register(FinanceTask)
class FinanceTaskAdmin(OfAStory):
    list_display = ["opened_at", "kind", "key", "story", "closed_at"]
    list_filter = ["kind", ("closed_at", admin.EmptyFieldListFilter)]
    search_fields = ["=key"]
    readonly_fields = ["story", "page"]
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

    @admin.display(description=gettext_lazy("Where to look"))
    def page(self, task: FinanceTask) -> str:
        """The page of the dispute it is about, or how the ledger is."""
        found = Dispute.objects.filter(stripe_id=task.key).values_list("pk", flat=True).first()
        if found is not None:
            return format_html('<a href="{}">{}</a>', reverse("admin:payments_dispute_change", args=[found]), task.key)
        return format_html('<a href="{}">{}</a>', reverse("admin:payments_health"), _("Ledger health"))
