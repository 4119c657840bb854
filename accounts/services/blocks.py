from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from accounts.models import Block, User
from accounts.signals import user_blocked


@transaction.atomic
def block(*, by: User, other: User, known_as: str = "") -> None:
    """From now on the two neither find, book nor write to each other. Twice is once.

    `known_as` is the name under which `by` knows the other: a companion's, or a client's.
    """
    _block, created = Block.objects.get_or_create(blocker=by, blocked=other, defaults={"known_as": known_as})
    if created:
        user_blocked.send(Block, blocker=by, blocked=other)


def unblock(*, by: User, other_id: int) -> None:
    """Takes back one's own block; the other's, if there is one, stays."""
    Block.objects.filter(blocker=by, blocked=other_id).delete()


def blocked_with(user: User | AnonymousUser) -> set[int]:
    """Ids of all users this one blocked or is blocked by."""
    if not user.is_authenticated:
        return set()
    mine = Block.objects.filter(blocker=user.pk).values_list("blocked_id", flat=True)
    theirs = Block.objects.filter(blocked=user.pk).values_list("blocker_id", flat=True)
    return set(mine.union(theirs))
