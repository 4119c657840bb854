"""Papers that some kinds of service ask for, each with its last valid day."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from accounts.ages import shanghai_today
from accounts.models import User
from accounts.services import one_at_a_time
from moderation import services as moderation
from moderation.errors import AlreadyDecided
from moderation.models import ReviewCase
from vetting.errors import CertificateNotFound, PhotoGone, TooManyCertificates
from vetting.models import Certificate, PrivateDocument, Purpose, State
from vetting.services.documents import erase_decided, erase_documents, loose_documents
from vetting.signals import certificate_decided

RENEWAL = "certificate"
MOST_CERTIFICATES = 8


def valid_until(user: User, labels: Collection[str]) -> date | None:
    """The last valid day of the user's best approved certificate among these labels; None without one."""
    approved = Certificate.objects.filter(user=user, state=State.APPROVED, label__in=labels)
    return approved.aggregate(best=Max("expires_on"))["best"]


@transaction.atomic
def add_certificate(
    *, by: User, label: str, number_tail: str, issued_by: str, expires_on: date, document: PrivateDocument
) -> Certificate:
    """Keep it as a draft, with a photo that is loose still. Raises TooManyCertificates, PhotoGone."""
    # The lock makes the count true until this certificate is in it, and the photo stays loose until then.
    one_at_a_time(by)
    if not loose_documents(by=by, purpose=Purpose.CERTIFICATE).filter(pk=document.pk).exists():
        raise PhotoGone
    if _in_use(by).count() >= MOST_CERTIFICATES:
        raise TooManyCertificates
    return Certificate.objects.create(
        user=by,
        label=label,
        number_tail=number_tail,
        issued_by=issued_by,
        expires_on=expires_on,
        document=document,
    )


def _in_use(user: User) -> QuerySet[Certificate]:
    """Those that may still be decided or count; one that was approved and has ended is history."""
    counts = Q(state=State.APPROVED, expires_on__gte=shanghai_today())
    return Certificate.objects.filter(counts | Q(state__in=[State.DRAFT, State.PENDING]), user=user)


def words_to_mend(*, user: User) -> dict[str, Any]:
    """What the user's newest certificate said, by field, if it was refused: only what was wrong is typed anew."""
    newest = Certificate.objects.filter(user=user).order_by("-pk").first()
    if newest is None or newest.state != State.REJECTED:
        return {}
    return {name: getattr(newest, name) for name in ("label", "number_tail", "issued_by", "expires_on")}


@transaction.atomic
def remove_certificate(*, by: User, certificate_id: int) -> None:
    """Take away a certificate nobody was asked about yet. Raises CertificateNotFound."""
    # Not while an application counts on it.
    one_at_a_time(by)
    draft = Certificate.objects.select_for_update().filter(pk=certificate_id, user=by, state=State.DRAFT).first()
    if draft is None:
        raise CertificateNotFound
    erase_documents(PrivateDocument.objects.filter(pk=draft.document_id))
    draft.delete()


@transaction.atomic
def renew(*, by: User, certificate_id: int) -> Certificate:
    """Hand in one certificate by itself, as a case of its own. Raises CertificateNotFound."""
    # Not while an application counts on it.
    one_at_a_time(by)
    drafts = Certificate.objects.filter(user=by, state=State.DRAFT, document__erased_at=None)
    certificate = drafts.filter(pk=certificate_id).first()
    if certificate is None:
        raise CertificateNotFound
    case = moderation.open_case(kind=RENEWAL, target=certificate, by=by)
    hand_in_certificate(certificate=certificate, case=case)
    return certificate


def hand_in_certificate(*, certificate: Certificate, case: ReviewCase) -> None:
    """The certificate is decided with this case. Raises CertificateNotFound when it is no draft any more."""
    drafts = Certificate.objects.filter(pk=certificate.pk, state=State.DRAFT)
    if not drafts.update(state=State.PENDING, submitted_at=timezone.now()):
        raise CertificateNotFound
    PrivateDocument.objects.filter(pk=certificate.document_id).update(case=case)


@transaction.atomic
def take_back_certificate(*, by: User, certificate_id: int) -> None:
    """A certificate that waits in a case of its own is a draft again. Raises CertificateNotFound."""
    waiting = Certificate.objects.filter(pk=certificate_id, user=by, state=State.PENDING)
    certificate = waiting.filter(document__case__kind=RENEWAL).first()
    if certificate is None:
        raise CertificateNotFound
    try:
        moderation.withdraw_case(kind=RENEWAL, target=certificate, by=by)
    except AlreadyDecided as error:
        raise CertificateNotFound from error
    make_drafts(certificates=[certificate])


def make_drafts(*, certificates: Iterable[Certificate]) -> None:
    """Those that still wait are drafts again; the case they waited in is closed by the caller."""
    waiting = Certificate.objects.filter(pk__in=[certificate.pk for certificate in certificates], state=State.PENDING)
    waiting.update(state=State.DRAFT, submitted_at=None)


def decide_certificate(*, certificate: Certificate, approved: bool, reason: str = "", by: User | None = None) -> None:
    """Approved or refused: either way its photo goes. The case is locked by the caller."""
    certificate.state = State.APPROVED if approved else State.REJECTED
    certificate.decided_at, certificate.reason = timezone.now(), "" if approved else reason
    certificate.save(update_fields=["state", "decided_at", "reason"])
    erase_decided(PrivateDocument.objects.filter(pk=certificate.document_id), by)
    certificate_decided.send(Certificate, certificate=certificate)
