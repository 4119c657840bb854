from django.contrib import admin

from common.admin import ReadOnlyAdmin
from vetting.models import Certificate, IdentityCheck


@admin.register(IdentityCheck)
class IdentityCheckAdmin(ReadOnlyAdmin):
    """That somebody was identified, never as whom."""

    list_display = ("user", "state", "verifier", "submitted_at", "decided_at")
    list_filter = ("state",)
    list_select_related = ("user",)
    search_fields = ("user__email",)
    fields = ("user", "state", "verifier", "submitted_at", "asking_since", "asked_at", "decided_at", "reason")


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    list_display = ("user", "label", "issued_by", "expires_on", "state", "decided_at")
    list_filter = ("state", "label")
    list_select_related = ("user",)
    search_fields = ("user__email", "issued_by")
