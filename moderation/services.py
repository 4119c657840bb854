from collections.abc import Collection
from datetime import timedelta
from typing import Any, Protocol

from django.contrib.auth.backends import ModelBackend
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import CharField, Exists, OuterRef
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import write_letter
from moderation.errors import AlreadyDecided, CaseNotFound, ChangedMeanwhile, ReasonMissing, TakenBack
from moderation.models import DECIDE, SERVICE_TIMES, AuditEvent, Priority, ReviewCase, Status
from moderation.signals import case_decided, case_deciding

CALL = _("At once: %(kind)s")
CALL_BODY = _(
    "A case waits for you that cannot wait: %(kind)s. Its page says who, where and when, and whom to call. Please open "
    "it now, and write there whom you reached."
)
CALL_GOOD_FOR = timedelta(hours=24)


class Reviewable(Protocol):
    """What a model offers to be reviewed."""

    pk: Any

    def review_title(self) -> str: ...

    def review_owner(self) -> User: ...

    def review_rows(self) -> list[tuple[str, str, str]]:
        """(label, before, after) of each thing to look at; before and after are equal where nothing changes."""
        ...

    # And perhaps what `models.ReviewCase` names besides.


def attachments_of(case: ReviewCase) -> list[tuple[str, str]]:
    """(label, address) of pictures that belong to the case; a target need not have any."""
    attachments = getattr(case.target, "review_attachments", None)
    return attachments() if attachments else []


def parts_of(case: ReviewCase) -> list[tuple[str, str]]:
    """(key, label) of the parts a moderator can send back by themselves; none where it stands or falls as a whole."""
    parts = getattr(case.target, "review_parts", None)
    return parts() if parts else []


def is_first(case: ReviewCase) -> bool | None:
    """Whether nothing of this was ever approved; None where the target does not say."""
    first = getattr(case.target, "review_is_first", None)
    return first() if first else None


@transaction.atomic
def open_case(*, kind: str, target: Reviewable, by: User | None, priority: int = Priority.P2) -> ReviewCase:
    """The one case of this kind about this target, open; a closed one is opened again, an open one counts a change.

    `by` is None where time alone opens it: then its owner counts as who did. What is due already does not become due
    later by being handed in again. A case of the highest priority calls those on duty by mail, each time. Locks the
    case until the end of the transaction.
    """
    opening = _opening(target, by or target.review_owner(), priority)
    case, created = ReviewCase.objects.get_or_create(kind=kind, **key_of(target), defaults=opening)
    if created:
        record(actor=by, action="case.opened", target=target, after={"case": case.pk, "kind": kind})
    else:
        case = _opened_again(case, opening)
        record(actor=by, action="case.changed", target=target, after={"case": case.pk, "version": case.version})
    case.parties.set(_parties_of(target))
    if case.priority == Priority.P0:
        _call_those_on_duty(case)
    return case


@transaction.atomic
def withdraw_case(*, kind: str, target: Reviewable, by: User) -> None:
    """Take the target out of the queue, because its owner no longer wants it decided.

    Raises AlreadyDecided when a moderator was faster.
    """
    case = _locked_open_case(kind, target)
    _write(case, {"status": Status.WITHDRAWN, "version": case.version + 1})
    record(actor=by, action="case.withdrawn", target=target, after={"case": case.pk})


@transaction.atomic
def settle_case(*, kind: str, target: Reviewable, by: str, answer: str, reason: str = "") -> None:
    """Take the target out of the queue, because something that is nobody answered instead of a moderator.

    `by` is its dotted path, `answer` a status such as "approved". Raises AlreadyDecided when a moderator was faster.
    """
    case = _locked_open_case(kind, target)
    _write(case, {"status": Status.SETTLED, "version": case.version + 1, "reason": reason})
    answered = {"case": case.pk, "by": by, "answer": answer}
    record(actor=None, action="case.settled", target=target, after=answered, reason=reason)


@transaction.atomic
def decide(*, case: ReviewCase, by: User, approve: bool, reason: str = "", parts: Collection[str] = ()) -> ReviewCase:
    """Decide the case as its reader saw it: `case.version` is the version that was on the page. `parts` are those of
    `parts_of` a refusal is about.

    Raises ReasonMissing (a refusal, or a case of the highest priority), CaseNotFound (no permission, or one's own),
    AlreadyDecided, TakenBack, ChangedMeanwhile, and what receivers of `case_deciding` and `case_decided` raise.
    """
    reason = reason.strip()
    if not approve and not reason:
        raise ReasonMissing
    locked = ReviewCase.objects.visible_to(by).select_for_update().filter(pk=case.pk).first()
    if locked is None:
        raise CaseNotFound
    if not locked.is_open:
        raise TakenBack if locked.status == Status.WITHDRAWN else AlreadyDecided
    if locked.version != case.version:
        raise ChangedMeanwhile
    if locked.needs_word and not reason:
        raise ReasonMissing
    named = [] if approve else [key for key, _label in parts_of(locked) if key in parts]
    said = {"case": locked, "approved": approve, "reason": reason, "by": by, "parts": named}
    case_deciding.send(ReviewCase, **said)
    status = Status.APPROVED if approve else Status.REJECTED
    _write(locked, {"status": status, "decided_by": by, "decided_at": timezone.now(), "reason": reason})
    decided = {"case": locked.pk} | ({"parts": named} if named else {})
    record(actor=by, action=f"case.{status}", target=locked.target, after=decided, reason=reason)
    case_decided.send(ReviewCase, **said)
    return locked


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


def _opening(target: Reviewable, by: User, priority: int) -> dict[str, Any]:
    now = timezone.now()
    return {
        "title": target.review_title()[:120],
        "owner": target.review_owner(),
        "opened_by": by,
        "opened_at": now,
        "priority": priority,
        "sla_due_at": now + SERVICE_TIMES[Priority(priority)],
    }


def _opened_again(case: ReviewCase, opening: dict[str, Any]) -> ReviewCase:
    case = ReviewCase.objects.select_for_update().get(pk=case.pk)
    if case.is_open:
        sooner = {name: min(getattr(case, name), opening[name]) for name in ("priority", "sla_due_at")}
        opening = opening | sooner
    undecided = {"status": Status.OPEN, "decided_by": None, "decided_at": None, "reason": ""}
    _write(case, opening | undecided | {"version": case.version + 1})
    return case


def _parties_of(target: Reviewable) -> list[User]:
    parties = getattr(target, "review_parties", None)
    return parties() if parties else []


def _call_those_on_duty(case: ReviewCase) -> None:
    """A letter to each active moderator who may decide it. It names nobody: a mailbox is not the case's page."""
    moderators = ModelBackend().with_perm(DECIDE)
    apart = {case.owner_id, case.opened_by_id, *case.parties.values_list("pk", flat=True)}
    for moderator in moderators.exclude(pk__in=apart):
        with translation.override(moderator.language):
            kind = case.kind_label
        write_letter(
            to=moderator,
            key=f"case:{case.pk}:{case.version}:{moderator.pk}",
            subject=CALL,
            body=CALL_BODY,
            path=reverse("moderation:case", args=[case.pk]),
            good_for=CALL_GOOD_FOR,
            kind=kind,
        )


def _locked_open_case(kind: str, target: Reviewable) -> ReviewCase:
    case = ReviewCase.objects.select_for_update().get(kind=kind, **key_of(target))
    if not case.is_open:
        raise AlreadyDecided
    return case


def key_of(target: Any) -> dict[str, Any]:
    """How the cases and events of a target are found."""
    return {"target_type": ContentType.objects.get_for_model(target), "target_id": str(target.pk)}


def under_review(*kinds: str) -> Exists:
    """For a queryset of targets of these kinds: those of which a case is open."""
    return Exists(ReviewCase.objects.open().filter(kind__in=kinds, target_id=Cast(OuterRef("pk"), CharField())))


def _write(case: ReviewCase, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(case, name, value)
    case.save(update_fields=list(values))
