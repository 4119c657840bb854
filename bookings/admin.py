from django.contrib import admin

from bookings.models import Booking, Segment, Step, Terms
from common.admin import ReadOnlyAdmin


class TermsInline(admin.StackedInline):
    model = Terms
    can_delete = False


class SegmentInline(admin.TabularInline):
    model = Segment
    fields = ["start_ms", "end_ms", "stop_reason"]
    extra = 0


class StepInline(admin.TabularInline):
    model = Step
    extra = 0


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin):
    list_display = ["code", "state", "client", "companion", "granted_ms", "billed_min", "created_at"]
    list_filter = ["state"]
    list_select_related = ["client", "companion"]
    search_fields = ["=code", "=id", "client__email", "companion__email"]
    inlines = [TermsInline, SegmentInline, StepInline]
