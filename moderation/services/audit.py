from typing import Any

from django.db import models

from accounts.models import User
from moderation.models import AuditEvent, ReviewCase
from moderation.services.targets import key_of


def record(
    *,
    actor: User | None,
    action: str,
    target: Any,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """Write down who did what; the row can never be changed."""
    return AuditEvent.objects.create(
        actor=actor, action=action, **key_of(target), before=before or {}, after=after or {}, reason=reason
    )


def history(case: ReviewCase) -> models.QuerySet[AuditEvent]:
    """What happened to the case's target, oldest first."""
    events = AuditEvent.objects.filter(target_type=case.target_type_id, target_id=case.target_id)
    return events.select_related("actor").prefetch_related("target").order_by("at", "pk")
