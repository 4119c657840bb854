"""What somebody of finance has to look at."""

from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.services import write_letter
from payments.groups import FINANCE
from payments.models import FinanceTask
from payments.services.naming import named

# What becomes of it is decided by people; the rest closes when it is no longer so.
SETTLED_BY_HAND = [FinanceTask.Kind.RETURNED, FinanceTask.Kind.TO_SEND]


def open_task(kind: FinanceTask.Kind, *, key: str, ref: UUID | None = None, note: str = "") -> FinanceTask:
    """Opens it and writes to everybody of finance; one that is open already learns the newest note. In the caller's
    transaction."""
    wanted = FinanceTask(kind=kind, key=key, ref=ref, note=note)
    [made] = FinanceTask.objects.bulk_create([wanted], ignore_conflicts=True)
    task = FinanceTask.objects.filter(kind=kind, key=key).latest("pk")
    if task.note != note:
        FinanceTask.objects.filter(pk=task.pk).update(note=note)
    _tell(task)
    return task


def close_task(kind: FinanceTask.Kind, *, key: str) -> None:
    """It is no longer so."""
    FinanceTask.objects.filter(kind=kind, key=key, closed_at=None).update(closed_at=Now())


@transaction.atomic
def settle_tasks(*, tasks: QuerySet[FinanceTask]) -> list[FinanceTask]:
    """Closes those of these that nothing but a person can see the end of; which they were."""
    settled = list(tasks.filter(kind__in=SETTLED_BY_HAND, closed_at=None).select_for_update())
    FinanceTask.objects.filter(pk__in=[task.pk for task in settled]).update(closed_at=Now())
    return settled


def _tell(task: FinanceTask) -> None:
    """Once for each time it is opened: a letter's key makes the second one nothing."""
    # Not its text yet: each letter says it in the language of its own reader.
    order = named([task.ref])[task.ref] if task.ref else "-"
    people = get_user_model().objects.filter(is_active=True, is_staff=True, groups__name=FINANCE)
    for person in people:
        write_letter(
            to=person,
            key=f"finance-{task.pk}-{person.pk}",
            subject=_("For finance: %(what)s"),
            body=_("%(what)s.\n\nOrder: %(order)s\n\nWhat was found: %(note)s"),
            path=reverse("admin:payments_financetask_change", args=[task.pk]),
            what=FinanceTask.Kind(task.kind).label,
            order=order,
            note=task.note or "-",
        )
