"""Between the time and the payment: a page on which an order is planned, for the kinds that have one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from bookings.forms import OrderForm
from bookings.models import Booking
from bookings.pages.chosen import chosen_part
from bookings.views.ordering import refused, to_first_payment, to_step
from common.errors import UserError
from common.login import login_required
from listings.kinds import KINDS
from listings.models import Listing
from vetting.services import is_identified


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage:
    """One kind's. `name` is its address in the table of kinds; `form(data, listing=…)` asks for the plan;
    `order(by, listing, form, **asked)` makes the booking with its plan and raises UserErrors, which are said in the
    form; `context` joins what the template is given."""

    name: str
    form: Callable[..., forms.Form]
    template: str
    order: Callable[..., Booking]
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kinds(self) -> list[str]:
        return [kind.key for kind in KINDS.values() if kind.plan_page == self.name]


def planning(page: PlanPage) -> Callable[..., HttpResponse]:
    """The view of that page. What is typed there is nobody's business, an error report's least of all."""

    @never_cache
    @sensitive_post_parameters()
    @login_required
    @require_http_methods(["GET", "POST"])
    def plan(request: HttpRequest, listing_id: int) -> HttpResponse:
        offered = Listing.objects.visible_to(request.user).published().filter(kind__in=page.kinds)
        listing = get_object_or_404(offered.select_related("companion__user"), pk=listing_id)
        if request.method == "POST":
            return _ordered(page, request, listing)
        if not is_identified(request.user):
            return to_step("bookings:identify", listing, request.GET.dict())
        return _shown(page, request, listing, page.form(listing=listing), request.GET.dict())

    return plan


def _ordered(page: PlanPage, request: HttpRequest, listing: Listing) -> HttpResponse:
    order, form = OrderForm(request.POST), page.form(request.POST, listing=listing)
    if "show_day" in request.POST:
        return _shown(page, request, listing, form, {**request.POST.dict(), "day": request.POST["show_day"]})
    if not form.is_valid():
        return _shown(page, request, listing, form, request.POST.dict())
    try:
        return to_first_payment(request, _order(page, request, listing, order, form))
    except UserError as refusal:
        form.add_error(None, str(refusal))
        return _shown(page, request, listing, form, request.POST.dict())


def _order(page: PlanPage, request: HttpRequest, listing: Listing, order: OrderForm, form: forms.Form) -> Booking:
    if not order.is_valid():
        raise refused(order, listing)
    return page.order(by=request.user, listing=listing, form=form, **order.cleaned_data)


def _shown(
    page: PlanPage, request: HttpRequest, listing: Listing, form: forms.Form, asked: Mapping[str, str]
) -> HttpResponse:
    """With what was typed. Once its time is not free, or the order was refused, other times stand in the form."""
    part = chosen_part(listing, asked)
    was_refused = bool(form.non_field_errors())
    choosing = not part["free"] or was_refused or "show_day" in request.POST
    return render(request, page.template, {**part, **page.context, "form": form, "choosing": choosing})
