"""Who somebody is: needed by companions, and by clients before they meet anybody in person."""

from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from common.doorbell import ring_on_commit
from moderation import services as moderation
from moderation.errors import AlreadyDecided
from moderation.models import ReviewCase
from vetting.errors import IdentityIncomplete, IdentityWaits
from vetting.models import IdentityCheck, PrivateDocument, Purpose, State
from vetting.pictures import Picture
from vetting.services.documents import erase_decided, erase_documents, keep_document

IDENTITY = "identity"


def is_identified(user: User) -> bool:
    """Whether the user's identity was proved."""
    return IdentityCheck.objects.filter(user=user, state=State.APPROVED).exists()


def identity_of(user: User) -> IdentityCheck | None:
    """The newest check, whatever became of it."""
    return IdentityCheck.objects.filter(user=user).select_related("card", "portrait", "user").order_by("-pk").first()


@transaction.atomic
def save_identity(
    *,
    by: User,
    real_name: str = "",
    number_tail: str = "",
    card: BinaryIO | Picture | None = None,
    portrait: BinaryIO | Picture | None = None,
) -> IdentityCheck:
    """Keep whatever of it is given; a new photo takes the place of the old one.

    Raises IdentityWaits (handed in or proved already), NotAPicture, PictureTooLarge.
    """
    check = _draft(by)
    if real_name:
        check.real_name = real_name
    check.number_tail = number_tail or check.number_tail
    if card:
        check.card = _replaced(check.card, keep_document(by=by, purpose=Purpose.ID_CARD, upload=card))
    if portrait:
        check.portrait = _replaced(check.portrait, keep_document(by=by, purpose=Purpose.ID_PORTRAIT, upload=portrait))
    check.save()
    return check


@transaction.atomic
def prove_identity(*, by: User) -> IdentityCheck:
    """Hand in one's identity by itself, as a case of its own. Raises IdentityIncomplete, IdentityWaits."""
    # Locked before its case, which is against the order: of a draft that is closed, so nobody holds it and comes here.
    check = _draft(by)
    if not check.is_complete:
        raise IdentityIncomplete
    hand_in_identity(check=check, case=moderation.open_case(kind=IDENTITY, target=check, by=by))
    return check


def hand_in_identity(*, check: IdentityCheck, case: ReviewCase) -> None:
    """The check is decided with this case, or before by the verifier in force. Raises IdentityWaits."""
    handed_in: dict[str, Any] = {"state": State.PENDING, "submitted_at": timezone.now()}
    handed_in |= {"verifier": settings.IDENTITY_VERIFIER, "asking_since": None, "asked_at": None}
    if not IdentityCheck.objects.filter(pk=check.pk, state=State.DRAFT).update(**handed_in):
        raise IdentityWaits
    # Read again, now that the row is ours: a photo may have been replaced since.
    check.refresh_from_db()
    PrivateDocument.objects.filter(pk__in=[check.card_id, check.portrait_id]).update(case=case)
    ring_on_commit("vetting.tasks.ask_verifier", check.pk)


@transaction.atomic
def withdraw_identity(*, by: User) -> None:
    """Take back a check that waits in a case of its own; does nothing when there is none."""
    check = IdentityCheck.objects.filter(user=by, state=State.PENDING, card__case__kind=IDENTITY).first()
    if check is None:
        return
    try:
        moderation.withdraw_case(kind=IDENTITY, target=check, by=by)
    except AlreadyDecided:
        return
    take_back_identity(check=check)


def take_back_identity(*, check: IdentityCheck) -> None:
    """A check that still waits is a draft again, its photos kept for the next time."""
    taken_back = {"state": State.DRAFT, "submitted_at": None, "asking_since": None}
    IdentityCheck.objects.filter(pk=check.pk, state=State.PENDING).update(**taken_back)


def decide_identity(*, check: IdentityCheck, approved: bool, reason: str = "", by: User | None = None) -> None:
    """Proved or refused: either way the photos go, and with a refusal the name. Does nothing unless it waits."""
    now = timezone.now()
    decided: dict[str, Any] = {"state": State.APPROVED, "decided_at": now, "reason": ""}
    if not approved:
        decided |= {"state": State.REJECTED, "reason": reason or "—", "sealed_name": None}
    if not IdentityCheck.objects.filter(pk=check.pk, state=State.PENDING).update(**decided):
        return
    erase_decided(PrivateDocument.objects.filter(pk__in=[check.card_id, check.portrait_id]), by)


def _draft(user: User) -> IdentityCheck:
    """The user's one check that is alive, locked, as a draft."""
    check, _created = IdentityCheck.objects.exclude(state=State.REJECTED).get_or_create(user=user)
    check = IdentityCheck.objects.select_for_update(of=("self",)).get(pk=check.pk)
    if not check.is_draft:
        raise IdentityWaits
    return check


def _replaced(old: PrivateDocument | None, new: PrivateDocument) -> PrivateDocument:
    if old is not None:
        erase_documents(PrivateDocument.objects.filter(pk=old.pk))
    return new
