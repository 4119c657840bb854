"""A companion's calendar: her hours, her promises, and the address under which her phone's calendar reads them."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from common.errors import UserError
from common.login import login_required
from listings import services, slots
from listings.days import today
from listings.hour_forms import NoticeForm, SpecialDayForm, WeekForm
from listings.models import Companion, Listing
from listings.weeks import week_of


@never_cache
@login_required
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    if not hasattr(request.user, "companion"):
        return redirect("listings:profile")
    return _page(request, request.user.companion)


@never_cache
@login_required
@require_POST
def week_hours(request: HttpRequest) -> HttpResponse:
    """Its add, remove and copy buttons change nothing but the form; only saving saves."""
    companion, form = _own(request), WeekForm.typed(request.POST)
    if form.unsaved or not form.is_valid():
        return _hours_form(request, companion, form)
    try:
        services.set_week(by=request.user, hours=form.hours)
    except UserError as error:
        form.error = str(error)
        return _hours_form(request, companion, form)
    return _saved("hours")


@never_cache
@login_required
@require_POST
def special_day(request: HttpRequest) -> HttpResponse:
    companion, form = _own(request), SpecialDayForm(request.POST)
    if not form.is_valid():
        return _page(request, companion, special_form=form)
    services.set_special_day(by=request.user, day=form.cleaned_data["day"], hours=form.cleaned_data["hours"])
    return _saved("days")


@login_required
@require_POST
def drop_special_day(request: HttpRequest, day: date) -> HttpResponse:
    _own(request)
    services.drop_special_day(by=request.user, day=day)
    return _saved("days")


@never_cache
@login_required
@require_POST
def notice(request: HttpRequest) -> HttpResponse:
    companion = _own(request)
    form = NoticeForm(request.POST, companion=companion)
    if not form.is_valid():
        return _page(request, companion, notice_form=form)
    services.set_notice(by=request.user, **form.cleaned_data)
    return _saved("notice")


@login_required
@require_POST
def rotate(request: HttpRequest) -> HttpResponse:
    _own(request)
    services.rotate_calendar_key(by=request.user)
    messages.success(request, _("The address is a new one. The old one shows nothing any more."))
    return redirect("listings:calendar")


@require_safe
@vary_on_headers("HX-Request")
def choose_time(request: HttpRequest, pk: int) -> HttpResponse:
    """The free starts of a listing for ?minutes= on ?day=; for htmx the picker alone."""
    listing = get_object_or_404(
        Listing.objects.visible_to(request.user).published().select_related("companion__user"), pk=pk
    )
    context = {"listing": listing, "picker": slots.picker(listing, request.GET)}
    return render(request, "listings/_slots.html" if request.htmx else "listings/slots.html", context)


def _own(request: HttpRequest) -> Companion:
    return get_object_or_404(Companion, user=request.user)


def _saved(part: str) -> HttpResponse:
    """Back to the part that was saved: there it is said, the top of the page may be out of sight."""
    return redirect(f"{reverse('listings:calendar')}?saved={part}#{part}")


def _hours_form(request: HttpRequest, companion: Companion, form: WeekForm) -> HttpResponse:
    if request.htmx:
        return render(request, "listings/calendar/_hours.html", {"week_form": form})
    return _page(request, companion, week_form=form)


def _page(request: HttpRequest, companion: Companion, **forms: object) -> HttpResponse:
    feed = request.build_absolute_uri(reverse("listings:feed", args=[companion.calendar_key]))
    context = {
        "companion": companion,
        "week": week_of(companion, request.GET.get("week", "")),
        "week_form": WeekForm.of(companion),
        "special_form": SpecialDayForm(),
        "special_days": companion.special_days.filter(day__gte=today()).prefetch_related("hours"),
        "notice_form": NoticeForm(companion=companion),
        "feed": feed,
        "webcal": f"webcal:{feed.partition(':')[2]}",
        **forms,
    }
    return render(request, "listings/calendar/page.html", context)
