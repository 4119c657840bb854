import logging
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone, translation
from django.utils.functional import Promise

from accounts.models import Block, Letter, User
from accounts.signals import user_blocked
from common.doorbell import ring_on_commit

log = logging.getLogger(__name__)
MOST_ATTEMPTS = 8
NEXT_ATTEMPT = timedelta(minutes=10)


def update_profile(*, by: User, display_name: str, language: str) -> User:
    """Change one's own name and language. Lengths and choices are those of `User`."""
    by.display_name, by.language = display_name, language
    by.save(update_fields=["display_name", "language"])
    return by


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


def write_letter(
    *,
    to: User,
    key: str,
    subject: str | Promise,
    body: str | Promise,
    path: str = "",
    good_for: timedelta | None = None,
    **words: object,
) -> None:
    """Queue an e-mail in the reader's language, sent after commit; a second one of the same key is not written.

    `subject` and `body` may hold %(name)s of `words`; `path` is the page it leads to. After `good_for` it is not sent
    any more.
    """
    with translation.override(to.language):
        spoken = {"subject": str(subject) % words, "body": str(body) % words}
    if path:
        spoken["body"] += f"\n\n{settings.SITE_URL}{path}"
    not_after = timezone.now() + good_for if good_for else None
    letter, created = Letter.objects.get_or_create(key=key, defaults={"to": to, "not_after": not_after, **spoken})
    if created:
        ring_on_commit("accounts.tasks.send_letter", letter.pk)


def take_back_letter(*, key: str) -> None:
    """What it says is no longer true or wanted: it is not sent, if it has not been."""
    Letter.objects.filter(key=key, sent_at=None).delete()


def unsent_letters() -> QuerySet[Letter]:
    """Letters to be tried now, the oldest first."""
    now = timezone.now()
    due = Q(tried_at=None) | Q(tried_at__lt=now - NEXT_ATTEMPT)
    still_true = Q(not_after=None) | Q(not_after__gt=now)
    unsent = Letter.objects.filter(due, still_true, sent_at=None, attempts__lt=MOST_ATTEMPTS, to__is_active=True)
    return unsent.order_by("written_at")


def send_letter(*, letter_id: int) -> None:
    """Send it unless somebody else is at it; a mail server that refuses is only logged, and tried again later."""
    if not unsent_letters().filter(pk=letter_id).update(tried_at=timezone.now(), attempts=F("attempts") + 1):
        return
    letter = Letter.objects.select_related("to").get(pk=letter_id)
    # The id is the letter's own: one that was sent twice, because a worker died in between, is shown once.
    once = {"Message-ID": f"<letter-{letter.pk}@{urlsplit(settings.SITE_URL).hostname}>"}
    try:
        EmailMessage(letter.subject, letter.body, to=[letter.to.email], headers=once).send()
    except OSError:
        log.warning("letter not sent: %s", letter, exc_info=True)
    else:
        Letter.objects.filter(pk=letter_id).update(sent_at=timezone.now())
