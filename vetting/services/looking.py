"""Nobody approves papers unseen."""

from accounts.models import User
from moderation import services as moderation
from moderation.models import ReviewCase
from vetting.errors import DocumentsUnopened
from vetting.models import PrivateDocument


def refuse_unopened(*, case: ReviewCase, by: User) -> None:
    """Raises DocumentsUnopened, naming each photo of this case that this moderator has not opened."""
    kept = PrivateDocument.objects.kept().filter(case=case)
    openings = moderation.history(case).filter(actor=by, action="document.opened")
    seen = set(openings.values_list("after__document", flat=True))
    unseen = [document for document in kept.order_by("pk") if document.pk not in seen]
    if unseen:
        raise DocumentsUnopened(_labels(case, unseen))


def _labels(case: ReviewCase, documents: list[PrivateDocument]) -> list[str]:
    """As they stand on the page of the case."""
    named = {address: label for label, address in moderation.attachments_of(case)}
    return [named.get(one.get_absolute_url()) or str(one.get_purpose_display()) for one in documents]
