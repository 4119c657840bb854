"""How the ledger is: what is on which accounts, and what somebody has to look at."""

from dataclasses import dataclass

from django.db.models import Count, F, Q, Sum

from payments.models import Account, FinanceTask, StripeEvent
from payments.services.naming import numbers_of

MOST = 50


@dataclass(frozen=True, slots=True)
class Kind:
    """All accounts of one kind together, in fen."""

    kind: str
    accounts: int
    debits: int
    credits: int
    balance: int


def sums_by_kind() -> list[Kind]:
    """One query; the balance is positive on the accounts' normal side."""
    normal = Sum(F("credits") - F("debits"), filter=Q(credit_normal=True), default=0)
    other = Sum(F("debits") - F("credits"), filter=Q(credit_normal=False), default=0)
    rows = Account.objects.order_by("kind").values_list("kind")
    sums = rows.annotate(Count("pk"), debited=Sum("debits"), credited=Sum("credits"), left=normal + other)
    return [Kind(*row) for row in sums]


def open_tasks() -> list[tuple[FinanceTask, str]]:
    """Each with the number of the order it is about, or else with what it is known by."""
    tasks = list(FinanceTask.objects.filter(closed_at=None).order_by("opened_at")[:MOST])
    numbers = numbers_of([task.ref for task in tasks])
    return [(task, numbers.get(task.ref, task.key) if task.ref else task.key) for task in tasks]


def failing_events() -> list[StripeEvent]:
    """Those that were tried and did not go through, the most stubborn first."""
    waiting = StripeEvent.objects.filter(processed_at=None, attempts__gt=0).defer("payload")
    return list(waiting.order_by("-attempts", "received_at")[:MOST])
