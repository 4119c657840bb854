from django.contrib import admin

from common.admin import ReadOnlyAdmin
from payments.models import Account, CardSetup, Payment, Refund, SavedCard, StripeCustomer, StripeEvent, Transfer


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ["kind", "owner", "balance", "debits", "credits"]
    list_filter = ["kind"]
    search_fields = ["owner"]


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ["at", "kind", "ref", "seq", "upto", "debit", "credit", "amount"]
    list_filter = ["kind"]
    list_select_related = ["debit", "credit"]
    search_fields = ["=ref"]


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "ref", "seq", "payer", "amount", "refunded", "status", "method"]
    list_filter = ["status"]
    list_select_related = ["payer"]
    search_fields = ["=ref", "=payment_intent_id", "payer__email"]


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ["requested_at", "ref", "seq", "amount", "status", "failure_reason", "stripe_id"]
    list_filter = ["status"]
    search_fields = ["=ref", "=stripe_id"]


@admin.register(StripeCustomer)
class StripeCustomerAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "user", "stripe_id"]
    list_select_related = ["user"]
    search_fields = ["=stripe_id", "user__email"]


@admin.register(SavedCard)
class SavedCardAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "user", "brand", "last4", "exp_month", "exp_year", "removed_at", "detached_at"]
    list_select_related = ["user"]
    search_fields = ["=stripe_id", "user__email"]


@admin.register(CardSetup)
class CardSetupAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "user", "status", "card", "session_id"]
    list_filter = ["status"]
    list_select_related = ["user", "card"]
    search_fields = ["=session_id", "user__email"]


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "type", "id", "processed_at", "attempts", "due_at", "error"]
    list_filter = ["type"]
    search_fields = ["=id"]
