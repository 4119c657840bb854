from django.contrib import admin
from django.http import HttpRequest

from listings.models import Application, Companion, Listing, ListingRevision, ProfileRevision


@admin.register(Companion)
class CompanionAdmin(admin.ModelAdmin):
    list_display = ("display_name", "user", "city", "gender", "accepting", "seen_at", "is_demo")
    list_filter = ("accepting", "is_demo", "gender")
    list_select_related = ("user",)
    search_fields = ("display_name", "user__email", "city")
    raw_id_fields = ("user",)
    readonly_fields = ("avatar_seed", "seen_at", "approved_at", "approved_kinds", "created_at")


class ReadOnly(admin.ModelAdmin):
    """Texts change only through review, so that what is shown was read by somebody."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(Listing)
class ListingAdmin(ReadOnly):
    list_display = ("headline", "companion", "kind", "status", "price_fen", "city", "approved_at")
    list_filter = ("status", "kind")
    list_select_related = ("companion",)
    search_fields = ("headline", "companion__display_name", "companion__user__email")


@admin.register(ListingRevision)
class ListingRevisionAdmin(ReadOnly):
    list_display = ("headline", "listing", "status", "submitted_at", "decided_at")
    list_filter = ("status", "kind")
    list_select_related = ("listing__companion",)


@admin.register(ProfileRevision)
class ProfileRevisionAdmin(ReadOnly):
    list_display = ("display_name", "companion", "status", "submitted_at", "decided_at")
    list_filter = ("status",)
    list_select_related = ("companion",)


@admin.register(Application)
class ApplicationAdmin(ReadOnly):
    list_display = ("companion", "kinds", "status", "submitted_at", "decided_at")
    list_filter = ("status",)
    list_select_related = ("companion",)
    search_fields = ("companion__display_name", "companion__user__email")
    exclude = ("identity", "certificates")
