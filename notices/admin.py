from django.contrib import admin

from common.admin import ReadOnlyAdmin
from notices.models import Notice


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """That somebody was told, and when; devices are nobody's business but their owner's."""

    list_display = ("id", "topic", "recipient", "written_ms", "due_ms", "attempts", "sent_ms")
    list_filter = ("topic",)
    list_select_related = ("recipient",)
    search_fields = ("=id", "=recipient__email")
    fields = ("topic", "recipient", "conversation", "booking", "written_ms", "due_ms", "attempts", "sent_ms")
