"""Photos of papers: kept sealed, opened only by who has to decide, erased with the decision."""

import hashlib
from datetime import datetime, timedelta
from typing import BinaryIO

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from accounts.services import one_at_a_time
from common.sealing import reseal_column, seal
from moderation import services as moderation
from moderation.models import ReviewCase, Status
from vetting.errors import DocumentNotFound
from vetting.models import Certificate, IdentityCheck, PrivateDocument, Purpose, State
from vetting.models.document import PrivateDocumentQuerySet
from vetting.pictures import Picture, redraw

# What was uploaded and never handed in is nobody's business after this.
ABANDONED_AFTER = timedelta(days=30)


def keep_document(*, by: User, purpose: Purpose, upload: BinaryIO | Picture) -> PrivateDocument:
    """Draw the photo anew, unless that was done, and seal it. Raises NotAPicture, PictureTooLarge, PictureTooSmall."""
    picture = upload if isinstance(upload, Picture) else redraw(upload)
    return PrivateDocument.objects.create(
        user=by,
        purpose=purpose,
        sealed=seal(picture.content),
        content_type=picture.content_type,
        size=len(picture.content),
        sha256=hashlib.sha256(picture.content).hexdigest(),
    )


def loose_document(*, by: User, purpose: Purpose) -> PrivateDocument | None:
    """A photo kept for a form that was not complete yet."""
    return loose_documents(by=by, purpose=purpose).order_by("-pk").first()


@transaction.atomic
def keep_loose_document(*, by: User, purpose: Purpose, upload: BinaryIO | Picture) -> PrivateDocument:
    """The one photo kept for such a form; an earlier one is erased, so that it never ends on another paper.

    Raises NotAPicture, PictureTooLarge, PictureTooSmall.
    """
    # Nobody makes a certificate of the earlier one meanwhile: that takes this lock too.
    one_at_a_time(by)
    erase_documents(loose_documents(by=by, purpose=purpose))
    return keep_document(by=by, purpose=purpose, upload=upload)


def loose_documents(*, by: User, purpose: Purpose) -> PrivateDocumentQuerySet:
    """Those of this user that are kept and belong neither to a case nor to a certificate."""
    used = Certificate.objects.filter(document__isnull=False).values("document")
    return PrivateDocument.objects.kept().filter(user=by, purpose=purpose, case=None).exclude(pk__in=used)


@transaction.atomic
def open_document(*, document_id: int, by: User) -> tuple[PrivateDocument, bytes]:
    """The picture in clear, for who has to decide about it; each opening is written down.

    Raises DocumentNotFound for everybody else, and as soon as the case is decided.
    """
    openable = PrivateDocument.objects.openable_by(by).select_related("case").defer(None)
    document = openable.filter(pk=document_id).first()
    if document is None or document.case is None:
        raise DocumentNotFound
    opened = {"document": document.pk, "purpose": document.purpose, "sha256": document.sha256}
    moderation.record(actor=by, action="document.opened", target=document.case.target, after=opened)
    return document, document.content()


def erase_documents(documents: models.QuerySet[PrivateDocument]) -> int:
    """Nothing of the pictures is left in their rows, not even sealed. Returns how many were erased."""
    return documents.filter(erased_at=None).update(sealed=None, erased_at=timezone.now())


def erase_decided(documents: PrivateDocumentQuerySet, by: User | None) -> None:
    """With the decision, in its transaction; the histories of their cases say so."""
    cases = list(ReviewCase.objects.filter(pk__in=documents.kept().values("case")))
    erase_documents(documents)
    for case in cases:
        moderation.record(actor=by, action="document.erased", target=case.target, after={"case": case.pk})


def erase_abandoned() -> int:
    """Photos that were uploaded long ago and are part of no open case, and what was typed for drafts as old. Returns
    how many photos."""
    long_ago = timezone.now() - ABANDONED_AFTER
    _forget_typed(long_ago)
    old = PrivateDocument.objects.filter(uploaded_at__lt=long_ago)
    # Not "no open case": one that is opened at this moment is not seen yet, but the document already names it.
    decided = ReviewCase.objects.exclude(status=Status.OPEN)
    return erase_documents(old.filter(Q(case=None) | Q(case__in=decided)))


def _forget_typed(long_ago: datetime) -> None:
    """Names and numbers of drafts nobody touched since; a photo uploaded later shows that somebody still does."""
    touched = Exists(PrivateDocument.objects.filter(uploaded_at__gte=long_ago, user=OuterRef("user")))
    old = Q(~touched, state=State.DRAFT, created_at__lt=long_ago)
    IdentityCheck.objects.filter(old).exclude(sealed_name=None, number_tail="").update(sealed_name=None, number_tail="")
    Certificate.objects.filter(old).exclude(number_tail="").update(number_tail="")


def reseal_everything() -> int:
    """Put everything sealed under the first of DOCUMENT_KEYS, row by row. Returns how many rows."""
    photos = reseal_column(PrivateDocument.objects.kept(), "sealed")
    return photos + reseal_column(IdentityCheck.objects.all(), "sealed_name")
