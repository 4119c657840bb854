from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from payments import words
from payments.admin.ordered import OfAStory, story_link
from payments.admin.sums import SumsAdmin, worded
from payments.models import Account, CardSetup, Payment, Refund, SavedCard, StripeCustomer, StripeEvent, Transfer
from payments.models.payment import RefundQuerySet
from payments.services.naming import numbers_of

PERSON = "user:"


class OwnedList(ChangeList):
    """Knows whose the accounts are that it shows: orders by their numbers, people by their names."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        names = owners_of([account.owner for account in self.result_list])
        for account in self.result_list:
            account.whose = names.get(account.owner, account.owner)


def owners_of(owners: Collection[str]) -> dict[str, str]:
    """What is read for an account's owner. Two queries for all of them."""
    people = {int(owner[len(PERSON) :]): owner for owner in owners if owner.startswith(PERSON)}
    refs = [UUID(owner) for owner in owners if owner and not owner.startswith(PERSON)]
    numbers = numbers_of(refs)
    orders = {str(ref): story_link(ref, numbers.get(ref, str(ref))) for ref in refs}
    return orders | {people[user.pk]: str(user) for user in User.objects.filter(pk__in=people)}


@admin.register(Account)
class AccountAdmin(SumsAdmin):
    list_display = ["whose", "balance", "kind", "debits", "credits"]
    list_display_links = ["kind"]
    list_filter = ["kind"]
    search_fields = ["owner"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OwnedList

    @admin.display(description=_("Whose"), ordering="owner")
    def whose(self, account: Any) -> str:
        return getattr(account, "whose", account.owner) or "-"


@admin.register(Transfer)
class TransferAdmin(OfAStory):
    list_display = ["story", "amount", "kind", "debited", "credited", "at"]
    list_display_links = ["at"]
    list_filter = ["kind"]
    list_select_related = ["debit", "credit"]
    search_fields = ["=id"]

    @admin.display(description=_("Debit"))
    def debited(self, row: Transfer) -> str:
        return row.debit.get_kind_display()

    @admin.display(description=_("Credit"))
    def credited(self, row: Transfer) -> str:
        return row.credit.get_kind_display()


@admin.register(Payment)
class PaymentAdmin(OfAStory):
    list_display = ["story", "amount", "status", "refunded", "payer", "method", "created_at"]
    list_display_links = ["created_at"]
    list_filter = ["status"]
    list_select_related = ["payer"]
    search_fields = ["=payment_intent_id", "=charge_id", "payer__email"]


@admin.register(Refund)
class RefundAdmin(OfAStory):
    list_display = ["story", "amount", "state", "failure_reason", "requested_at"]
    list_display_links = ["requested_at"]
    list_filter = ["status"]
    search_fields = ["=stripe_id"]
    exclude = ["ref", "status"]
    readonly_fields = ["story", "state"]

    def get_queryset(self, request: HttpRequest) -> RefundQuerySet:
        return Refund.objects.with_arrivals().order_by("-pk")

    @admin.display(description=_("State"), ordering="status")
    def state(self, refund: Refund) -> str:
        return words.became_of(refund)


@admin.register(StripeCustomer)
class StripeCustomerAdmin(SumsAdmin):
    list_display = ["created_at", "user", "stripe_id"]
    list_select_related = ["user"]
    search_fields = ["=stripe_id", "user__email"]


@admin.register(SavedCard)
class SavedCardAdmin(SumsAdmin):
    list_display = ["created_at", "user", "brand", "last4", "exp_month", "exp_year", "removed_at", "detached_at"]
    list_select_related = ["user"]
    search_fields = ["=stripe_id", "user__email"]


@admin.register(CardSetup)
class CardSetupAdmin(SumsAdmin):
    list_display = ["created_at", "user", "status", "card", "session_id"]
    list_filter = ["status"]
    list_select_related = ["user", "card"]
    search_fields = ["=session_id", "user__email"]


@admin.register(StripeEvent)
class StripeEventAdmin(SumsAdmin):
    codes = {"type": "event"}
    list_display = ["type", "processed_at", "error", "attempts", "due_at", "received_at", "id"]
    list_display_links = ["received_at"]
    list_filter = [("type", worded("event"))]
    search_fields = ["=id"]
