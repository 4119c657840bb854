"""Becoming a companion, step by step. Each step saves by itself; one can leave and come back at any of them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.services import unconfirmed_address
from common.errors import UserError
from common.login import login_required
from listings import services
from listings.forms import OfferForm, ProfileForm, RulesForm
from listings.models import Application, Companion
from listings.rules import questions_for
from listings.steps import (
    CERTIFICATES,
    IDENTITY,
    OFFER,
    RULES,
    WHO,
    Step,
    is_done,
    missing_certificates,
    steps_of,
)
from vetting import services as vetting
from vetting.forms import CertificateForm, IdentityForm
from vetting.models import Purpose, State
from vetting.proofs import save_certificate_form, save_identity_form


def _of_open_application(step: Callable[[HttpRequest, Application], HttpResponse]) -> Callable[..., HttpResponse]:
    """A step's page: it gets the user's application while that can be changed, otherwise one reads where it stands."""

    @login_required
    @never_cache
    @require_http_methods(["GET", "POST"])
    @wraps(step)
    def page(request: HttpRequest) -> HttpResponse:
        application = services.application_of(request.user)
        if application is None or not _can_change(application):
            return redirect("listings:apply")
        return step(request, application)

    return page


@never_cache
@require_safe
def apply(request: HttpRequest) -> HttpResponse:
    """Where the application stands; when nothing is missing, all of it once more and the button to hand it in.

    Who has no account yet reads how it goes.
    """
    if not request.user.is_authenticated:
        return render(request, "listings/apply_begin.html", {"steps": _trail(None, None)})
    application = services.application_of(request.user)
    if application is None and not _is_approved(request):
        return render(request, "listings/apply_begin.html", {"steps": _trail(application, None)})
    if application is None or not _can_change(application):
        return render(request, "listings/apply_state.html", {"application": application, **_kinds(request)})
    trail = _trail(application, None)
    context = {
        "application": application,
        "steps": trail,
        # What a moderator named comes first.
        "missing": sorted((row for row in trail if row["state"] != "done"), key=lambda row: not row["mend"]),
        "unconfirmed": unconfirmed_address(request.user),
        "identity": vetting.identity_of(request.user),
        "certificates": request.user.certificates.filter(state__in=[State.DRAFT, State.APPROVED]),
    }
    return render(request, "listings/apply_read.html", context)


@login_required
@require_POST
def apply_again(request: HttpRequest) -> HttpResponse:
    """An approved companion would like to offer a further kind."""
    services.begin_application(by=request.user)
    return redirect("listings:apply_offer")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def who(request: HttpRequest) -> HttpResponse:
    companion = getattr(request.user, "companion", None)
    if companion and companion.is_approved:
        return redirect("listings:profile")
    application = services.application_of(request.user)
    if application and application.is_pending:
        return redirect("listings:apply")
    suggested = {"display_name": request.user.display_name[:12], "languages": ["mandarin"]}
    form = ProfileForm(request.POST or None, instance=companion, initial={} if companion else suggested)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_profile(by=request.user, **form.cleaned_data)
            return _next(request, services.begin_application(by=request.user), WHO)
        except UserError as error:
            form.add_error(None, str(error))
    return _step(request, application, WHO, form=form)


@_of_open_application
def offer(request: HttpRequest, application: Application) -> HttpResponse:
    form = OfferForm(request.POST or None, instance=application)
    if request.method == "POST" and form.is_valid():
        services.save_offer(by=request.user, **form.cleaned_data)
        return _next(request, application, OFFER)
    return _step(request, application, OFFER, form=form)


@_of_open_application
def identity(request: HttpRequest, application: Application) -> HttpResponse:
    check = vetting.identity_of(request.user)
    form = IdentityForm(request.POST or None, request.FILES or None, check=check)
    if request.method == "POST" and save_identity_form(request, form):
        return _next(request, application, IDENTITY)
    return _step(request, application, IDENTITY, form=form, check=check)


@_of_open_application
def certificates(request: HttpRequest, application: Application) -> HttpResponse:
    kept = vetting.loose_document(by=request.user, purpose=Purpose.CERTIFICATE)
    said = vetting.words_to_mend(user=request.user)
    form = CertificateForm(request.POST or None, request.FILES or None, initial=said, kept=kept)
    if request.method == "POST" and save_certificate_form(request, form):
        services.mended(by=request.user, part=CERTIFICATES.key)
        messages.success(request, _("Saved."))
        return redirect("listings:apply_certificates")
    own = request.user.certificates.exclude(state=State.REJECTED)
    shown = {"certificates": own, "lacking": missing_certificates(application)}
    return _step(request, application, CERTIFICATES, form=form, after=_after(application, CERTIFICATES), **shown)


@_of_open_application
def rules(request: HttpRequest, application: Application) -> HttpResponse:
    form = RulesForm(request.POST or None, questions=questions_for(application.pk))
    if request.method == "POST" and form.is_valid():
        wrong = services.answer_rules(by=request.user, answers=form.cleaned_data)
        if not wrong:
            return _next(request, application, RULES)
        form.explain(wrong)
    return _step(request, application, RULES, form=form)


@login_required
@require_POST
def submit(request: HttpRequest) -> HttpResponse:
    services.submit_application(by=request.user)
    messages.success(request, _("Handed in. You will hear from us within a day."))
    return redirect("listings:apply")


@login_required
@require_POST
def withdraw_application(request: HttpRequest) -> HttpResponse:
    services.withdraw_application(by=request.user)
    messages.success(request, _("Taken back. Everything is still here; change it and hand it in again."))
    return redirect("listings:apply")


def _can_change(application: Application) -> bool:
    return not (application.is_pending or application.is_approved)


def _is_approved(request: HttpRequest) -> bool:
    return Companion.objects.filter(user=request.user, approved_at__isnull=False).exists()


def _kinds(request: HttpRequest) -> dict[str, Any]:
    companion = request.user.companion
    return {"companion": companion, "open_kinds": services.kinds_open_to(companion)}


def _next(request: HttpRequest, application: Application, done: Step) -> HttpResponse:
    services.mended(by=request.user, part=done.key)
    application.refresh_from_db()
    messages.success(request, _("Saved."))
    return redirect(_after(application, done))


def _after(application: Application, done: Step) -> str:
    """The first step after this one that lacks something, or the whole: the name of its address."""
    steps = steps_of(application)
    after = steps[steps.index(done) + 1 :]
    lacking = next((step for step in after if not is_done(step, application)), None)
    return f"listings:apply_{lacking.key}" if lacking else "listings:apply"


def _trail(application: Application | None, current: Step | None) -> list[dict[str, Any]]:
    """For the list of steps: label, state ("done", "now" or ""), and where it leads."""
    rows = []
    for number, step in enumerate(steps_of(application), start=1):
        done = application is not None and is_done(step, application)
        state = "now" if step is current else "done" if done else ""
        name = f"listings:apply_{step.key}"
        mend = application is not None and step.key in application.parts
        rows.append(
            {"key": step.key, "name": name, "label": step.label, "state": state, "number": number, "mend": mend}
        )
    return rows


def _step(request: HttpRequest, application: Application | None, step: Step, **context: Any) -> HttpResponse:
    trail = _trail(application, step)
    number = next((row["number"] for row in trail if row["key"] == step.key), 0)
    shown = {"application": application, "step": step, "steps": trail, "number": number, **context}
    return render(request, f"listings/apply_{step.key}.html", shown)
