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
from bookings.views.ordering import refused, to_checkout, to_step
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
    if not order.is_valid():
        raise refused(order, listing)
    if not form.is_valid():
        return _shown(page, request, listing, form, order.choice())
    try:
        return to_checkout(request, page.order(by=request.user, listing=listing, form=form, **order.cleaned_data))
    except UserError as refusal:
        form.add_error(None, str(refusal))
        return _shown(page, request, listing, form, order.choice())


def _shown(
    page: PlanPage, request: HttpRequest, listing: Listing, form: forms.Form, asked: Mapping[str, str]
) -> HttpResponse:
    return render(request, page.template, {**chosen_part(listing, asked), **page.context, "form": form})
