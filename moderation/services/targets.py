"""What a target offers to whoever decides about it."""

from typing import Any, Protocol

from django.contrib.contenttypes.models import ContentType

from accounts.models import User
from moderation.models import ReviewCase


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


def parties_of(target: Reviewable) -> list[User]:
    parties = getattr(target, "review_parties", None)
    return parties() if parties else []


def key_of(target: Any) -> dict[str, Any]:
    """How the cases and events of a target are found."""
    return {"target_type": ContentType.objects.get_for_model(target), "target_id": str(target.pk)}
