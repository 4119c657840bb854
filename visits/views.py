"""The plan of a visit, its stages and what is handed over. A view asks who, validates, calls one service, answers."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from bookings.models import Booking
from bookings.views.own import own_booking
from bookings.views.planning import PlanPage, planning
from common.errors import UserError
from common.login import login_required
from listings.models import Listing
from visits import services
from visits.errors import NotRunning
from visits.forms import HandoverForm, PlanForm, StageForm, VisitForm
from visits.models import Stage, VisitPlan
from visits.pages import plan_of


def _order(*, listing: Listing, form: VisitForm, **asked: Any) -> Booking:
    return services.order_visit(listing=listing, place=form.place, plan=form.plan(), **asked)


plan = planning(
    PlanPage(
        name="visits:plan",
        form=VisitForm,
        template="visits/plan.html",
        order=_order,
        context={"kept_days": services.KEPT_DAYS},
    )
)


@never_cache
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The client mends what was planned, as long as the visit is not over."""
    booking, planned = _planned(request, booking_id)
    if booking.client_id != request.user.pk:
        raise Http404
    if request.method == "GET" and not services.may_change(booking):
        return redirect("bookings:detail", booking.pk)
    form = PlanForm(request.POST or None, initial=_told(planned, request))
    if form.is_valid() and _is_done(form, lambda: services.change_plan(booking=booking, plan=form.plan())):
        messages.success(request, _("Changed. Your companion sees it."))
        return redirect("bookings:detail", booking.pk)
    return render(request, "visits/change.html", {"booking": booking, "form": form, "kept_days": services.KEPT_DAYS})


@login_required
@require_POST
def withdraw(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    booking, _plan = _planned(request, booking_id)
    if booking.client_id != request.user.pk:
        raise Http404
    services.withdraw_consent(booking=booking)
    messages.success(request, _("Erased. Nothing about health is kept for this visit any more."))
    return redirect("bookings:detail", booking.pk)


@never_cache
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """What the companion writes down of the visit, for the client alone."""
    booking, planned = _planned(request, booking_id)
    if booking.companion_id != request.user.pk:
        raise Http404
    form = HandoverForm(request.POST or None, initial={"words": services.handover_for(planned, request.user)})
    noted = {"booking": booking, "by": request.user}
    if form.is_valid() and _is_done(form, lambda: services.write_handover(**noted, words=form.cleaned_data["words"])):
        messages.success(request, _("Saved. Your client sees it."))
        return redirect("bookings:detail", booking.pk)
    return render(request, "visits/hand_over.html", {"booking": booking, "form": form, "kept_days": services.KEPT_DAYS})


@login_required
@require_POST
def note_stage(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    booking, form = own_booking(request, booking_id), StageForm(request.POST)
    if not form.is_valid():
        raise NotRunning
    services.note_stage(booking=booking, by=request.user, **form.cleaned_data)
    return redirect("bookings:detail", booking_id)


@login_required
@require_POST
def take_back_stage(request: HttpRequest, booking_id: UUID, pk: int) -> HttpResponse:
    noted = Stage.objects.filter(booking=own_booking(request, booking_id))
    services.take_back_stage(stage=get_object_or_404(noted, pk=pk), by=request.user)
    return redirect("bookings:detail", booking_id)


def _is_done(form: Form, act: Callable[[], None]) -> bool:
    """A refusal is said in the form, which keeps what was typed."""
    try:
        act()
    except UserError as refusal:
        form.add_error(None, str(refusal))
    return form.is_valid()


def _planned(request: HttpRequest, booking_id: UUID) -> tuple[Booking, VisitPlan]:
    """One's own booking, if a visit is planned. Raises Http404."""
    booking = own_booking(request, booking_id)
    planned = plan_of(booking)
    if planned is None:
        raise Http404
    return booking, planned


def _told(planned: VisitPlan, request: HttpRequest) -> dict[str, Any]:
    """What the client told before, as the form has it."""
    told = {"patient": planned.patient, "meeting_point": planned.meeting_point}
    needs = services.needs_for(planned, request.user) or services.Needs()
    agreed = services.is_in_force(planned.consent)
    return {**told, **{name: getattr(needs, name) for name in needs.__slots__}, "consents": agreed}
