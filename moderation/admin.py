from django.contrib import admin
from django.http import HttpRequest

from moderation.models import AuditEvent, ReviewCase


class ReadOnly(admin.ModelAdmin):
    """To look things up; decisions are made in the queue, where they are recorded."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(ReviewCase)
class ReviewCaseAdmin(ReadOnly):
    list_display = ("title", "kind", "priority", "status", "opened_at", "sla_due_at", "decided_by")
    list_filter = ("status", "kind", "priority")
    list_select_related = ("decided_by",)
    search_fields = ("title", "owner__email")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly):
    list_display = ("at", "actor", "action", "target_type", "target_id", "reason")
    list_filter = ("action",)
    list_select_related = ("actor", "target_type")
    search_fields = ("actor__email", "target_id")
