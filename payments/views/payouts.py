from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from common.login import login_required
from common.money import plain_yuan
from common.spreadsheets import Yuan, csv_answer
from payments import services
from payments.errors import AccountGone, ProviderUnavailable
from payments.models import PayoutAccount

PAGE_SIZE = 20


@never_cache
@login_required
@require_safe
def payouts(request: HttpRequest) -> HttpResponse:
    """How much is where, the account it goes to, and what became of each order."""
    account = services.account_of(user=request.user)
    page = Paginator(services.earnings_of(user=request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "account": account,
        "balance": services.balance_of(user=request.user),
        "page": page,
        "rows": services.rows_of(earnings=list(page), account=account),
        "bank_payouts": account.bank_payouts.order_by("-created_at")[:5] if account else (),
    }
    return render(request, "payments/payouts.html", context)


@never_cache
@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """The box that tells how the account stands, for a page that waits for news of it."""
    return render(request, "payments/_account.html", {"account": services.account_of(user=request.user)})


@login_required
@require_POST
def begin_account(request: HttpRequest) -> HttpResponse:
    """On to Stripe, where the companion says who she is."""
    return _to_stripe(request)


@never_cache
@login_required
@require_safe
def go_on(request: HttpRequest) -> HttpResponse:
    """Stripe sends her here when the address it was opened by is used up: on with a new one, if she has begun."""
    has_begun = services.account_of(user=request.user) is not None
    return _to_stripe(request) if has_begun else redirect("payments:payouts")


@never_cache
@login_required
@require_safe
def came_back(request: HttpRequest) -> HttpResponse:
    """Back from Stripe means nothing by itself: the account tells."""
    try:
        services.sync_account(user_id=request.user.pk)
    except ProviderUnavailable:
        messages.info(request, _("We are still asking our payment service how your account stands."))
    return redirect("payments:payouts")


@login_required
@require_POST
def dashboard(request: HttpRequest) -> HttpResponse:
    """On to the companion's own page at Stripe."""
    with suppress(PayoutAccount.DoesNotExist, AccountGone):
        return redirect(services.dashboard_url(user=request.user))
    return redirect("payments:payouts")


@never_cache
@login_required
@require_safe
def statement(request: HttpRequest) -> StreamingHttpResponse:
    """All that moved, or what moved in `?month=2026-11`, as CSV; a month that is none is all."""
    since, until = _stretch(request.GET.get("month", ""))
    period = f"{since:%Y-%m}" if since else f"until-{timezone.localdate():%Y-%m-%d}"
    return csv_answer(f"wozai-statement-{period}.csv", _lines(request, since, until))


def _to_stripe(request: HttpRequest) -> HttpResponse:
    refresh, back = (settings.SITE_URL + reverse(name) for name in ("payments:go_on", "payments:came_back"))
    return redirect(services.onboarding_url(user=request.user, refresh_url=refresh, return_url=back))


def _stretch(month: str) -> tuple[datetime | None, datetime | None]:
    with suppress(ValueError):
        since = timezone.make_aware(datetime.strptime(month, "%Y-%m"))  # noqa: DTZ007
        return since, since.replace(year=since.year + since.month // 12, month=since.month % 12 + 1)
    return None, None


def _lines(request: HttpRequest, since: datetime | None, until: datetime | None) -> Iterator[list[str]]:
    yield [_("When"), _("What"), _("Order number"), _("Service"), _("Served at"), _("Yuan"), _("Balance in yuan")]
    for line in services.statement_of(user=request.user, since=since, until=until):
        order, sums = line.order, [Yuan(plain_yuan(line.amount)), Yuan(plain_yuan(line.balance))]
        yield [_time(line.at), str(line.words), order.number, str(order.what), _time(order.at), *sums]


def _time(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else ""
