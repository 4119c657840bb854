"""Finance pages, to look at: how the ledger is, one reference's story, what has no equal, and what moved each day."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from common.money import plain_yuan
from common.spreadsheets import Yuan, csv_answer
from payments import words
from payments.admin.sums import SumsAdmin
from payments.models import Reconciliation
from payments.services import reconciling
from payments.services.reconciling import Day, Finding

DAYS_SHOWN = 31
ROWS_SHOWN = 50
TO_LOOK = "payments.view_reconciliation"
Page = Callable[..., HttpResponseBase]


@admin.register(Reconciliation)
class ReconciliationAdmin(SumsAdmin):
    list_display = ["started_at", "finished_at", "entries", "foreign", "heard", "ours_fen", "theirs_fen"]

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "health/": ("health", health),
            "story/": ("find_story", find_story),
            "story/<uuid:ref>/": ("story", story),
            "unmatched/": ("unmatched", unmatched),
            "unmatched.csv": ("unmatched_csv", unmatched_csv),
            "daily/": ("daily", daily),
            "daily.csv": ("daily_csv", daily_csv),
        }
        own = [path(at, self._guarded(page), name=f"payments_{name}") for at, (name, page) in pages.items()]
        return [*own, *super().get_urls()]

    def _guarded(self, page: Page) -> Page:
        def answer(request: HttpRequest, **given: Any) -> HttpResponseBase:
            if not request.user.has_perm(TO_LOOK):
                raise PermissionDenied
            return page(request, **given)

        return self.admin_site.admin_view(answer)


def shown(request: HttpRequest, name: str, title: str, **context: Any) -> HttpResponse:
    """A finance page within the admin."""
    given = {**admin.site.each_context(request), "title": title, **context}
    return TemplateResponse(request, f"admin/payments/finance/{name}.html", given)


def health(request: HttpRequest) -> HttpResponse:
    last = reconciling.last_run()
    return shown(
        request,
        "health",
        _("Ledger health"),
        last=last,
        newest=Reconciliation.objects.order_by("-started_at").first(),
        findings=list(reconciling.numbered(Finding(**one) for one in last.findings)) if last else [],
        kinds=reconciling.sums_by_kind(),
        tasks=reconciling.open_tasks(),
        events=reconciling.failing_events(),
    )


def find_story(request: HttpRequest) -> HttpResponse:
    """By what was typed, on to the story."""
    wanted = request.GET.get("q", "").strip()
    ref = reconciling.find_ref(wanted) if wanted else None
    if ref is not None and not reconciling.story_of(ref=ref).is_empty:
        return redirect("admin:payments_story", ref=ref)
    return shown(request, "find", _("The money of an order"), wanted=wanted)


def story(request: HttpRequest, ref: UUID) -> HttpResponse:
    found = reconciling.story_of(ref=ref)
    if found.is_empty:
        raise Http404
    return shown(request, "story", _("The money of an order"), story=found)


def unmatched(request: HttpRequest) -> HttpResponse:
    page = Paginator(reconciling.Unmatched(), ROWS_SHOWN).get_page(request.GET.get("page"))
    findings = list(reconciling.numbered(page))
    return shown(request, "unmatched", _("Unmatched"), page=page, findings=findings)


def unmatched_csv(request: HttpRequest) -> HttpResponseBase:
    return csv_answer("unmatched.csv", _unmatched_rows(reconciling.numbered(reconciling.Unmatched())))


def daily(request: HttpRequest) -> HttpResponse:
    since = timezone.localdate() - timedelta(days=DAYS_SHOWN - 1)
    days = [_shown_day(day) for day in reconciling.daily_totals(since=since)]
    totals = [(name, what, _sides(what)[1]) for name, what in words.TOTALS.items()]
    return shown(request, "daily", _("Day by day"), days=days, totals=totals)


def daily_csv(request: HttpRequest) -> HttpResponseBase:
    """All days from the first on."""
    return csv_answer("daily.csv", _daily_rows(reconciling.daily_totals()))


def _shown_day(day: Day) -> dict[str, Any]:
    pairs = [(*_sides(what), *_sums(day, name)) for name, what in words.TOTALS.items()]
    return {"day": day.day, "pairs": pairs, "is_compared": day.is_compared}


def _sides(what: object) -> tuple[str, str]:
    """What a total is called in our books, and at the provider."""
    return _("%(what)s, by our books") % {"what": what}, _("%(what)s, by the provider") % {"what": what}


def _sums(day: Day, name: str) -> tuple[int, int | None]:
    """Fen of a total, ours and theirs: None where theirs may only not have been read yet."""
    ours, theirs = getattr(day.ours, name), getattr(day.theirs, name)
    is_known = day.is_compared or theirs or ours == theirs
    return ours, theirs if is_known else None


def _unmatched_rows(findings: Iterable[Finding]) -> Iterator[list[object]]:
    yield [_("When"), _("Why"), _("Number at the provider"), _("Kind"), _("Order"), _("Ours"), _("Theirs")]
    for one in findings:
        ours = Yuan(plain_yuan(one.ours)) if one.has("ours") else one.our_sum
        theirs = Yuan(plain_yuan(one.theirs)) if one.has("theirs") else one.their_sum
        why, kind = str(words.WHY[one.why]), words.said(one.kind, "line")
        yield [one.at, why, one.source, kind, one.number, ours, theirs]


def _daily_rows(days: Iterable[Day]) -> Iterator[list[object]]:
    yield [_("Day"), *(side for what in words.TOTALS.values() for side in _sides(what)), _("Compared")]
    for day in days:
        sums = (_cell(fen) for name in words.TOTALS for fen in _sums(day, name))
        yield [_iso(day.day), *sums, _("yes") if day.is_compared else _("not yet")]


def _cell(fen: int | None) -> Yuan | str:
    return "" if fen is None else Yuan(plain_yuan(fen))


def _iso(day: date) -> str:
    return day.isoformat()
