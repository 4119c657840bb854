"""Becoming a companion. Rows are locked in this order: her user, case, application, proofs, companion."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, Func, Value
from django.utils import timezone

from accounts.models import User
from accounts.services import one_at_a_time, unconfirmed_address
from listings.errors import AddressUnconfirmed, ApplicationIncomplete, ApplicationNotFound, ApplicationWaits, NoProfile
from listings.models import Application, ApplicationState, Companion, Part
from listings.rules import VERSION, Question, questions_for
from listings.steps import missing_steps
from moderation import services as moderation
from moderation.errors import AlreadyDecided
from vetting import services as vetting
from vetting.errors import IdentityNotProved
from vetting.models import State as ProofState

APPLICATION = "application"


def application_of(user: User) -> Application | None:
    """The newest application of this user, whatever became of it."""
    mine = Application.objects.filter(companion__user=user)
    return mine.select_related("companion__user", "identity__user").order_by("-pk").first()


def begin_application(*, by: User) -> Application:
    """The application that can be worked on: the one there is, or a new one. Raises NoProfile, ApplicationWaits."""
    companion = Companion.objects.filter(user=by).first()
    if companion is None:
        raise NoProfile
    open_one, _created = Application.objects.exclude(status=ApplicationState.APPROVED).get_or_create(
        companion=companion, defaults=_known_already(companion)
    )
    if open_one.is_pending:
        raise ApplicationWaits
    return open_one


def save_offer(*, by: User, kinds: list[str], topics: list[str], not_offered: str) -> None:
    """Raises ApplicationNotFound (none, or a moderator is reading it)."""
    _change(by, kinds=kinds, topics=topics, not_offered=not_offered)


def answer_rules(*, by: User, answers: Mapping[str, str]) -> list[Question]:
    """`answers` are letters by key of question. Returns those answered wrongly; none means passed, and is kept.

    Raises ApplicationNotFound.
    """
    application = Application.objects.changeable().filter(companion__user=by).first()
    if application is None:
        raise ApplicationNotFound
    wrong = [question for question in questions_for(application.pk) if answers.get(question.key) != question.right]
    if not wrong:
        _change(by, rules_version=VERSION, rules_passed_at=timezone.now())
    return wrong


def mended(*, by: User, part: str) -> None:
    """She has put this part right, or has tried to: it is not asked for any more."""
    mine = Application.objects.changeable().filter(companion__in=Companion.objects.filter(user=by))
    mine.filter(parts__contains=[part]).update(parts=Func(F("parts"), Value(part), function="array_remove"))


@transaction.atomic
def submit_application(*, by: User) -> Application:
    """Hand it in, with all its proofs, as one case.

    Raises ApplicationNotFound, AddressUnconfirmed, ApplicationIncomplete.
    """
    # What is complete here is still complete when it is handed in.
    one_at_a_time(by)
    application = Application.objects.changeable().filter(companion__user=by).select_related("companion").first()
    if application is None:
        raise ApplicationNotFound
    if unconfirmed_address(by):
        raise AddressUnconfirmed
    if missing := missing_steps(application):
        raise ApplicationIncomplete([str(step.label) for step in missing])
    vetting.withdraw_identity(by=by)
    application.identity = vetting.identity_of(by)
    case = moderation.open_case(kind=APPLICATION, target=application, by=by)
    _change(
        by,
        status=ApplicationState.PENDING,
        submitted_at=timezone.now(),
        decided_at=None,
        reason="",
        parts=[],
        identity=application.identity,
    )
    if application.identity and application.identity.is_draft:
        vetting.hand_in_identity(check=application.identity, case=case)
    drafts = list(by.certificates.filter(state=ProofState.DRAFT, document__erased_at=None))
    application.certificates.set(drafts)
    for certificate in drafts:
        vetting.hand_in_certificate(certificate=certificate, case=case)
    application.refresh_from_db()
    return application


@transaction.atomic
def withdraw_application(*, by: User) -> None:
    """Take it back to change something; the photos stay for the next time. Raises ApplicationNotFound."""
    application = Application.objects.filter(companion__user=by, status=ApplicationState.PENDING).first()
    if application is None:
        raise ApplicationNotFound
    try:
        moderation.withdraw_case(kind=APPLICATION, target=application, by=by)
    except AlreadyDecided as error:
        raise ApplicationNotFound from error
    Application.objects.filter(pk=application.pk).update(status=ApplicationState.WITHDRAWN)
    if application.identity:
        vetting.take_back_identity(check=application.identity)
    vetting.make_drafts(certificates=application.certificates.all())


def apply_application_decision(
    *, application: Application, approved: bool, reason: str, by: User, parts: Collection[str] = ()
) -> None:
    """Approve or refuse the person and her proofs; their photos are erased in the same transaction.

    A refusal that names `parts` accepts the proofs among the others: who is confirmed once stays confirmed.

    Raises IdentityNotProved: a verifier refused her, so she can only be sent back.
    """
    application = Application.objects.select_for_update().get(pk=application.pk)
    accepted = {part for part in Part if approved or (parts and part not in parts)}
    _decide_proofs(application, accepted, reason, by)
    if approved and not vetting.is_identified(application.companion.user):
        raise IdentityNotProved
    application.status = ApplicationState.APPROVED if approved else ApplicationState.REJECTED
    application.decided_at, application.reason, application.parts = timezone.now(), reason, list(parts)
    application.save(update_fields=["status", "decided_at", "reason", "parts"])
    if approved:
        _approve(application)


def _known_already(companion: Companion) -> dict[str, object]:
    """What need not be asked again of somebody who was approved before."""
    last = companion.applications.filter(status=ApplicationState.APPROVED).last()
    names = ("topics", "not_offered", "rules_version", "rules_passed_at") if last else ()
    return {"kinds": companion.approved_kinds} | {name: getattr(last, name) for name in names}


@transaction.atomic
def _change(by: User, **values: object) -> None:
    one_at_a_time(by)
    hers = Companion.objects.filter(user=by)
    if not Application.objects.changeable().filter(companion__in=hers).update(**values):
        raise ApplicationNotFound


def _decide_proofs(application: Application, accepted: Collection[Part], reason: str, by: User) -> None:
    said: dict[str, Any] = {"reason": reason, "by": by}
    if application.identity:
        vetting.decide_identity(check=application.identity, approved=Part.IDENTITY in accepted, **said)
    for certificate in application.certificates.filter(state=ProofState.PENDING).select_related("user"):
        vetting.decide_certificate(certificate=certificate, approved=Part.CERTIFICATES in accepted, **said)


def _approve(application: Application) -> None:
    companion = Companion.objects.select_for_update().get(pk=application.companion_id)
    companion.approved_at = companion.approved_at or application.decided_at
    companion.approved_kinds = sorted({*companion.approved_kinds, *application.kinds})
    companion.save(update_fields=["approved_at", "approved_kinds"])
