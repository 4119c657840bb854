import hashlib

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.errors import UserError
from common.login import staff_required
from moderation import services
from moderation.errors import CaseNotFound
from moderation.forms import DecisionForm
from moderation.models import DECIDE, ReviewCase, ReviewCaseQuerySet, Status, words_for

PAGE_SIZE = 20


@never_cache
@staff_required(DECIDE)
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Asks for itself; 204 while what the page has `seen` is still so."""
    return _list(request, _cases(request).open().most_urgent_first(), "queue")


@never_cache
@staff_required(DECIDE)
@require_safe
def decided(request: HttpRequest) -> HttpResponse:
    done = _cases(request).filter(status__in=[Status.APPROVED, Status.REJECTED])
    return _list(request, done.order_by("-decided_at").prefetch_related("target"), "decided")


@never_cache
@staff_required(DECIDE)
@require_http_methods(["GET", "POST"])
def case(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_cases(request), pk=pk)
    form = _form_for(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _decide(request, found, form)
    return _case_page(request, found, form)


@staff_required(DECIDE)
@require_POST
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_cases(request), pk=pk)
    try:
        services.claim(case=found, by=request.user)
    except UserError as error:
        # The page says who has it, or what became of it.
        found.refresh_from_db()
        return _case_page(request, found, _form_for(found), status=error.status)
    return redirect("moderation:case", pk)


@staff_required(DECIDE)
@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    services.release(case=get_object_or_404(_cases(request), pk=pk), by=request.user)
    return redirect("moderation:queue")


@staff_required(DECIDE)
@require_POST
def claim_next(request: HttpRequest) -> HttpResponse:
    """On to the most urgent one that nobody has."""
    found = services.claim_next(by=request.user)
    if found is None:
        messages.info(request, _("Nothing is left that nobody has taken."))
        return redirect("moderation:queue")
    return redirect("moderation:case", found.pk)


def _decide(request: HttpRequest, found: ReviewCase, form: DecisionForm) -> HttpResponse:
    found.version = form.cleaned_data["version"]
    approve = form.cleaned_data["decision"] == "approve"
    said = {name: form.cleaned_data[name] for name in ("reason", "parts")}
    try:
        services.decide(case=found, by=request.user, approve=approve, **said)
    except CaseNotFound as error:
        raise Http404 from error
    except UserError as error:
        return _refused(request, found, form, error)
    done = _("Approved. The person is told.") if approve else _("Sent back with your reason.")
    messages.success(request, words_for(found.target).get("approved" if approve else "rejected") or done)
    return redirect("moderation:queue")


def _form_for(found: ReviewCase, data: QueryDict | None = None) -> DecisionForm:
    own = {"words": words_for(found.target), "parts": services.parts_of(found), "needs_word": found.needs_word}
    return DecisionForm(data, initial={"version": found.version}, **own)


def _refused(request: HttpRequest, found: ReviewCase, form: DecisionForm, error: UserError) -> HttpResponse:
    """What was typed stays; the page shows the case as it is now."""
    found.refresh_from_db()
    form.data = form.data.copy()
    form.data["version"] = found.version
    form.add_error(None, str(error))
    return _case_page(request, found, form, status=error.status)


def _case_page(request: HttpRequest, found: ReviewCase, form: DecisionForm, status: int = 200) -> HttpResponse:
    target = found.target
    context = {
        "case": found,
        "form": form,
        # A case outlives what it was about: who took that back may take it away.
        "rows": target.review_rows() if target else [],
        "words": words_for(target),
        "attachments": services.attachments_of(found),
        "first": services.is_first(found),
        "events": services.history(found),
    }
    return render(request, "moderation/case.html", context, status=status)


def _list(request: HttpRequest, cases: QuerySet[ReviewCase], tab: str) -> HttpResponse:
    page = Paginator(cases.select_related("claimed_by", "decided_by"), PAGE_SIZE).get_page(request.GET.get("page"))
    version = _version(page)
    if request.htmx and request.GET.get("seen") == version:
        return HttpResponse(status=204)
    template = "moderation/_cases.html" if request.htmx else "moderation/queue.html"
    return render(request, template, {"page": page, "tabs": _tabs(tab), "tab": tab, "version": version})


def _version(page: Page) -> str:
    """Changes with what the list shows, the time that is left included."""
    shown = [(case.pk, case.version, case.status, case.left, case.is_claimed and case.claimed_until) for case in page]
    return hashlib.sha256(repr((page.number, page.paginator.count, shown)).encode()).hexdigest()[:12]


def _tabs(current: str) -> list[dict[str, object]]:
    names = {"queue": _("To decide"), "decided": _("Decided")}
    return [
        {"href": reverse(f"moderation:{name}"), "label": label, "current": name == current}
        for name, label in names.items()
    ]


def _cases(request: HttpRequest) -> ReviewCaseQuerySet:
    return ReviewCase.objects.visible_to(request.user)
