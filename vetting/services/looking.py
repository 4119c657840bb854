"""Nobody approves papers unseen."""

from collections.abc import Collection

from accounts.models import User
from moderation import services as moderation
from moderation.models import ReviewCase
from vetting.errors import DocumentsUnopened
from vetting.models import PrivateDocument, Purpose

# The photos of a case by the part they prove.
PROVEN_BY = {"identity": (Purpose.ID_CARD, Purpose.ID_PORTRAIT), "certificates": (Purpose.CERTIFICATE,)}


def refuse_unopened(*, case: ReviewCase, by: User, but: Collection[str] = ()) -> None:
    """Raises DocumentsUnopened, naming each photo of this case that this moderator has not opened, `but` those of the
    parts that are not accepted."""
    not_accepted = [purpose for part in but for purpose in PROVEN_BY.get(part, ())]
    kept = PrivateDocument.objects.kept().filter(case=case).exclude(purpose__in=not_accepted)
    openings = moderation.history(case).filter(actor=by, action="document.opened")
    seen = set(openings.values_list("after__document", flat=True))
    unseen = [document for document in kept.order_by("pk") if document.pk not in seen]
    if unseen:
        raise DocumentsUnopened(_labels(case, unseen))


def _labels(case: ReviewCase, documents: list[PrivateDocument]) -> list[str]:
    """As they stand on the page of the case."""
    named = {address: label for label, address in moderation.attachments_of(case)}
    return [named.get(one.get_absolute_url()) or str(one.get_purpose_display()) for one in documents]
