"""Pages of reviews: writing one, reading those of a listing and those about oneself, answering, reporting."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from bookings import services
from bookings.forms import AnswerForm, ReportForm, ReviewForm
from bookings.models import Booking, Review
from bookings.pages.reviews import listing_reviews
from common.login import login_required
from listings.models import Listing

PAGE_SIZE = 20


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def write_review(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The receipt shows this form too; here it stands alone, with what is wrong in it."""
    mine = Booking.objects.visible_to(request.user).select_related("client", "companion", "listing__companion")
    booking = get_object_or_404(mine, pk=booking_id)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        review = services.write_review(booking=booking, by=request.user, **form.cleaned_data)
        messages.success(request, _both_are_up() if review.is_shown else _hidden_yet())
        return _back_to_receipt(booking)
    template = "bookings/_review_box.html" if request.htmx else "bookings/review.html"
    return render(request, template, {"booking": booking, "form": form})


@login_required
@require_safe
def reviews_about_me(request: HttpRequest) -> HttpResponse:
    said = Review.objects.shown().filter(about=request.user).annotate(apart=services.kept_apart()).order_by("-pk")
    page = Paginator(said.select_related("author", "listing__companion"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "bookings/reviews.html", {"page": page})


@require_safe
@vary_on_headers("HX-Request")
def reviews_of_listing(request: HttpRequest, listing_id: int) -> HttpResponse:
    shown = Listing.objects.visible_to(request.user).exclude(approved_at=None).select_related("companion")
    listing = get_object_or_404(shown, pk=listing_id)
    before = request.GET.get("before", "")
    # A number longer than an id can be is as good as none.
    known = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    template = "bookings/_reviews_list.html" if request.htmx else "bookings/listing_reviews.html"
    return render(request, template, {"listing": listing, "said": listing_reviews(listing, before=known)})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def answer_review(request: HttpRequest, pk: int) -> HttpResponse:
    said = Review.objects.shown().filter(~services.kept_apart(), about=request.user)
    review = get_object_or_404(said.select_related("author", "listing__companion", "booking"), pk=pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.answer_review(review=review, by=request.user, **form.cleaned_data)
        messages.success(request, _("Your answer stands below the review now."))
        return redirect("bookings:reviews")
    return render(request, "bookings/review_answer.html", {"review": review, "form": form})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def report_review(request: HttpRequest, pk: int) -> HttpResponse:
    found = Review.objects.reportable_by(request.user).select_related("author", "about", "listing__companion")
    review = get_object_or_404(found, pk=pk)
    form = ReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.report_review(review=review, by=request.user, **form.cleaned_data)
        messages.success(request, _("Thank you. A moderator reads it within a day."))
        return redirect(review.listing if review.is_public else "bookings:reviews")
    mine = review.reports.filter(reporter=request.user).first()
    return render(request, "bookings/review_report.html", {"review": review, "form": form, "mine": mine})


def _both_are_up() -> str:
    return _("Thank you. Both reviews are up now.")


def _hidden_yet() -> str:
    return _("Thank you. Your review is kept; below stands when it appears.")


def _back_to_receipt(booking: Booking) -> HttpResponse:
    return HttpResponseRedirect(reverse("bookings:receipt", args=[booking.pk]) + "#review")
