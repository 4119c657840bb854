"""A companion's calendar: her hours, her promises, and the address under which her phone's calendar reads them."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from common.errors import UserError
from common.login import login_required
from listings import services, slots
from listings.hour_forms import CalendarForms
from listings.models import Companion, Listing
from listings.weeks import special_days_of, week_of

PARTS = ("hours", "days", "notice")
# What buttons do to the rows of a weekday before it is saved.
ROWS = ("add", "drop", "copy")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """One form for all of it: whatever is typed into one part outlives a button of another."""
    if request.method == "POST":
        return _press(request, get_object_or_404(Companion, user=request.user))
    if not hasattr(request.user, "companion"):
        return redirect("listings:profile")
    return _page(request, request.user.companion, CalendarForms(request.user.companion))


def _press(request: HttpRequest, companion: Companion) -> HttpResponse:
    """What the pressed button does; each but "save" leaves everything else on the page as it was typed."""
    verb, _dash, of = request.POST.get("do", "").partition("-")
    forms = CalendarForms(companion, request.POST, to_save=verb in ("", "save"))
    if forms.to_save:
        return _save(request, companion, forms, part=of)
    if verb in ROWS and request.htmx:
        return render(request, "listings/calendar/_hours.html", {"week_form": forms.week})
    if verb == "usual" and (day := _day(of)):
        services.drop_special_day(by=request.user, day=day)
    elif verb == "address":
        services.rotate_calendar_key(by=request.user)
        companion.refresh_from_db(fields=["calendar_key"])
        messages.success(request, _("The address is a new one. The old one shows nothing any more."))
    return _page(request, companion, forms, week=of if verb == "week" else "")


def _save(request: HttpRequest, companion: Companion, forms: CalendarForms, *, part: str) -> HttpResponse:
    if not forms.are_valid():
        return _page(request, companion, forms)
    try:
        services.set_calendar(by=request.user, **forms.values())
    except UserError as error:
        forms.week.error = str(error)
        return _page(request, companion, forms)
    # Back to the part that was saved: there it is said, the top of the page may be out of sight.
    part = part if part in PARTS else "hours"
    return redirect(f"{reverse('listings:calendar')}?saved={part}#{part}")


@require_safe
@vary_on_headers("HX-Request")
def choose_time(request: HttpRequest, pk: int) -> HttpResponse:
    """The free starts of a listing for ?minutes= on ?day=; for htmx the picker alone."""
    listing = get_object_or_404(
        Listing.objects.visible_to(request.user).published().select_related("companion__user"), pk=pk
    )
    context = {"listing": listing, "picker": slots.picker(listing, request.GET)}
    return render(request, "listings/_slots.html" if request.htmx else "listings/slots.html", context)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _page(request: HttpRequest, companion: Companion, forms: CalendarForms, week: str = "") -> HttpResponse:
    feed = request.build_absolute_uri(reverse("listings:feed", args=[companion.calendar_key]))
    asked = week or request.POST.get("week", "") or request.GET.get("week", "")
    context = {
        "companion": companion,
        "week": week_of(companion, asked),
        "forms": forms,
        "week_form": forms.week,
        "special_form": forms.special,
        "special_days": special_days_of(companion),
        "notice_form": forms.notice,
        "feed": feed,
        "webcal": f"webcal:{feed.partition(':')[2]}",
    }
    return render(request, "listings/calendar/page.html", context)
