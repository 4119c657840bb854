"""One run: what no webhook brought is heard, the provider's book is read on, and both books are compared."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone, translation

from common.database import alone
from payments.errors import AccountGone, ProviderUnavailable
from payments.gateway import provider
from payments.gateway.values import Happening
from payments.models import BookEntry, FinanceTask, PayoutAccount, Reconciliation, StripeEvent
from payments.services.books import check_books, one_moment
from payments.services.entries import import_entries
from payments.services.events import apply_event, store_event
from payments.services.finance import close_task, open_task
from payments.services.payouts.earnings import note_missing
from payments.services.reconciling.comparing import Finding, Sums, alarming, numbered, sums
from payments.services.reconciling.runs import finished, last_run
from payments.words import WHY

log = logging.getLogger(__name__)
DAILY = timedelta(days=1)
# A run is due each day and tried each hour: two of these may fail before anybody is told.
OVERDUE = timedelta(hours=26)
# So long the provider keeps its events.
KEPT = timedelta(days=30)
MOST_FINDINGS = 500
TOLD_IN_A_LETTER = 20
TASK_KEY = "books"
NOT_DONE_KEY = "not reconciled"


def reconciliation_due() -> bool:
    """A day after the last one that came to its end; while something is wrong, each time that it is asked."""
    last = last_run()
    return last is None or bool(last.findings) or last.started_at < timezone.now() - DAILY


def reconcile(*, whole: bool = False) -> Reconciliation | None:
    """Does the work of a day; None while another process does. `whole` reads the provider's book from its beginning.

    Raises ProviderUnavailable. Cut off, it leaves a row without an end, and the next run does the same again; what else
    it raises finance is told.
    """
    with alone("payments.reconcile") as is_mine:
        try:
            return _run(whole=whole) if is_mine else None
        except ProviderUnavailable:
            raise
        except Exception as error:
            _tell_not_done(f"The run failed: {type(error).__name__}: {error}")
            raise


def tell_if_overdue() -> None:
    """Finance is told when no run has come to its end for `OVERDUE`, though one was begun before."""
    before = timezone.now() - OVERDUE
    runs = Reconciliation.objects.all()
    if runs.filter(started_at__lt=before).exists() and not finished().filter(started_at__gte=before).exists():
        last = last_run()
        _tell_not_done(f"The last run that came to its end: {f'{last.started_at:%Y-%m-%d %H:%M} UTC' if last else '-'}")


@transaction.atomic
def _tell_not_done(note: str) -> None:
    open_task(FinanceTask.Kind.BOOKS_DIFFER, key=NOT_DONE_KEY, note=f"The books were not compared. {note}")


def _run(*, whole: bool) -> Reconciliation:
    run = Reconciliation.objects.create()
    note_missing()
    run.heard = _hear_undelivered()
    changed = import_entries(whole=whole)
    with one_moment():
        both, differing = sums(), list(alarming())
    findings = [*_changed(changed), *differing, *_unexplained(both), *_books()]
    return _finish(run, both, findings)


def _hear_undelivered() -> int:
    """How many events there were that no webhook had brought."""
    found = 0
    for happening in _undelivered():
        if not StripeEvent.objects.filter(pk=happening.id).exists():
            store_event(happening=happening)
            _apply(happening.id)
            found += 1
    return found


def _undelivered() -> Iterator[Happening]:
    since_s = int((timezone.now() - KEPT).timestamp())
    yield from provider().undelivered(since_s=since_s)
    accounts = PayoutAccount.objects.filter(stripe_id__isnull=False, left_at=None)
    for account_id in list(accounts.values_list("stripe_id", flat=True)):
        with suppress(AccountGone):
            yield from provider().undelivered(since_s=since_s, account_id=account_id or "")


def _apply(event_id: str) -> None:
    """Now, so that it is no difference any more; one that fails is tried again as others are."""
    try:
        apply_event(event_id=event_id)
    except Exception:
        log.exception("left for a later round: event %s", event_id)


def _changed(lines: list[BookEntry]) -> list[Finding]:
    return [Finding("changed", line.source, theirs=line.net, kind=line.kind, text=line.pk) for line in lines]


def _unexplained(both: Sums) -> list[Finding]:
    return [Finding("unexplained", ours=both.unexplained)] if both.unexplained else []


def _books() -> list[Finding]:
    return [Finding("books", text=line) for line in check_books(with_stripe=False)]


@transaction.atomic
def _finish(run: Reconciliation, both: Sums, findings: list[Finding]) -> Reconciliation:
    run.entries, run.foreign, run.ours_fen, run.theirs_fen = both.entries, both.foreign, both.ours, both.theirs
    run.findings = [finding.as_json() for finding in findings[:MOST_FINDINGS]]
    run.finished_at = Now()
    run.save()
    run.refresh_from_db()
    close_task(FinanceTask.Kind.BOOKS_DIFFER, key=NOT_DONE_KEY)
    _tell(findings)
    return run


def _tell(findings: list[Finding]) -> None:
    if not findings:
        close_task(FinanceTask.Kind.BOOKS_DIFFER, key=TASK_KEY)
        return
    lines = as_texts(findings)
    log.error("books and payment provider differ in %d places, the first: %s", len(lines), lines[0])
    open_task(FinanceTask.Kind.BOOKS_DIFFER, key=TASK_KEY, note="\n".join(lines[:TOLD_IN_A_LETTER]))


def as_texts(findings: Iterable[Finding]) -> list[str]:
    """A line of each for a letter, a terminal or the log; kept and read by all, so English whoever's work it is."""
    with translation.override(None):
        return [_as_text(finding) for finding in numbered(findings)]


def _as_text(finding: Finding) -> str:
    if finding.why == "books":
        return finding.text
    order = finding.number or finding.ref
    named = " ".join(filter(None, (finding.kind, finding.source, finding.text, order and f"of {order}")))
    return f"{WHY[finding.why]}: {named or '-'}, ours {finding.our_sum}, theirs {finding.their_sum}"
