"""The provider's book held against ours, each day, and what finance is shown of it."""

from payments.services.reconciling.adopting import adopt
from payments.services.reconciling.comparing import Finding, Unmatched, numbered
from payments.services.reconciling.daily import Day, daily_totals
from payments.services.reconciling.health import failing_events, open_tasks, sums_by_kind
from payments.services.reconciling.running import as_texts, reconcile, reconciliation_due, tell_if_overdue
from payments.services.reconciling.runs import last_run
from payments.services.reconciling.story import Story, find_ref, story_of

__all__ = [
    "Day",
    "Finding",
    "Story",
    "Unmatched",
    "adopt",
    "as_texts",
    "daily_totals",
    "failing_events",
    "find_ref",
    "last_run",
    "numbered",
    "open_tasks",
    "reconcile",
    "reconciliation_due",
    "story_of",
    "sums_by_kind",
    "tell_if_overdue",
]
