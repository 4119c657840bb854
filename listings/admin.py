"""Texts change only through review, so that what is shown was read by somebody: here all of it is shown only."""

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from listings.models import Application, Companion, Listing, ListingRevision, ProfileRevision


@admin.register(Companion)
class CompanionAdmin(ReadOnlyAdmin):
    list_display = ("display_name", "user", "city", "gender", "accepting", "seen_at", "is_demo")
    list_filter = ("accepting", "is_demo", "gender")
    list_select_related = ("user",)
    search_fields = ("display_name", "user__email", "city")
    exclude = ("calendar_key",)


@admin.register(Listing)
class ListingAdmin(ReadOnlyAdmin):
    list_display = ("headline", "companion", "kind", "status", "price_fen", "city", "approved_at")
    list_filter = ("status", "kind")
    list_select_related = ("companion",)
    search_fields = ("headline", "companion__display_name", "companion__user__email")


@admin.register(ListingRevision)
class ListingRevisionAdmin(ReadOnlyAdmin):
    list_display = ("headline", "listing", "status", "submitted_at", "decided_at")
    list_filter = ("status", "kind")
    list_select_related = ("listing__companion",)


@admin.register(ProfileRevision)
class ProfileRevisionAdmin(ReadOnlyAdmin):
    list_display = ("display_name", "companion", "status", "submitted_at", "decided_at")
    list_filter = ("status",)
    list_select_related = ("companion",)


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    list_display = ("companion", "kinds", "status", "submitted_at", "decided_at")
    list_filter = ("status",)
    list_select_related = ("companion",)
    search_fields = ("companion__display_name", "companion__user__email")
    exclude = ("identity", "certificates")
