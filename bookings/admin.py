from django.contrib import admin
from django.http import HttpRequest

from bookings.models import Booking, Review, Segment, Step, Terms, Turn
from bookings.models.review import ReviewQuerySet
from common.admin import ReadOnlyAdmin


class TermsInline(admin.StackedInline):
    model = Terms
    can_delete = False


class TurnInline(admin.StackedInline):
    model = Turn
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
    inlines = [TermsInline, TurnInline, SegmentInline, StepInline]


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    """What is hidden until both have written is hidden here too."""

    list_display = ["shown_at", "side", "author", "about", "stars", "removed_at"]
    list_filter = ["side", "stars"]
    list_select_related = ["author", "about"]
    search_fields = ["=booking__code", "author__email", "about__email"]

    def get_queryset(self, request: HttpRequest) -> ReviewQuerySet:
        return super().get_queryset(request).exclude(shown_at=None)
