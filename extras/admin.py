from django.contrib import admin

from common.admin import ReadOnlyAdmin
from extras.models import Extra


@admin.register(Extra)
class ExtraAdmin(ReadOnlyAdmin):
    """That money was asked for and what became of it, never what for: that can say something about health."""

    list_display = ("id", "booking", "amount_fen", "state", "asked_ms", "decided_ms")
    list_filter = ("state",)
    list_select_related = ("booking",)
    search_fields = ("=id", "=booking__code")
    fields = ("id", "booking", "amount_fen", "state", "asked_ms", "decided_ms", "erased_at")
