"""The outbox: every e-mail the product writes, in the transaction that it tells of."""

import logging
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Case, DurationField, ExpressionWrapper, F, Q, QuerySet, Value, When
from django.utils import timezone, translation
from django.utils.functional import Promise

from accounts.models import Letter, User
from accounts.signals import letter_leaves, letters_for_others
from common.doorbell import ring_on_commit

log = logging.getLogger(__name__)
# A mail server may be down, or refuse us, for a few days: the waits between the attempts add up to three and a half.
MOST_ATTEMPTS = 13
WAITS = [min(timedelta(minutes=10) * 2**attempt, timedelta(hours=12)) for attempt in range(MOST_ATTEMPTS - 1)]
# What is true for a day at most cannot wait as long: the attempts fit into that day, the second after a minute.
SOON = timedelta(days=1)
SOONER = 10
WORDS_KEPT = timedelta(days=30)


def write_letter(
    *,
    to: User,
    key: str,
    subject: str | Promise,
    body: str | Promise,
    path: str = "",
    good_for: timedelta | None = None,
    **words: object,
) -> Letter:
    """Queue an e-mail in the reader's language, sent after commit; a second one of the same key is not written.

    `subject` and `body` may hold %(name)s of `words`; the subject is put into one line, whatever its words hold. `path`
    is the page it leads to. After `good_for` it is not sent any more. Returns the letter of that key, be it the first.
    """
    with translation.override(to.language):
        spoken = {"subject": " ".join((str(subject) % words).split()), "body": str(body) % words}
    if path:
        spoken["body"] += f"\n\n{settings.SITE_URL}{path}"
    not_after = timezone.now() + good_for if good_for else None
    letter, created = Letter.objects.get_or_create(key=key, defaults={"to": to, "not_after": not_after, **spoken})
    if created:
        ring_on_commit("accounts.tasks.send_letter", letter.pk)
    return letter


def take_back_letter(*, key: str) -> None:
    """What it says is no longer true or wanted: it is not sent, if it has not been."""
    Letter.objects.filter(key=key, sent_at=None).delete()


def unsent_letters() -> QuerySet[Letter]:
    """Letters to be tried now, the oldest first."""
    now = timezone.now()
    due = Q(tried_at=None) | Q(tried_at__lt=now - ExpressionWrapper(_wait(), DurationField()))
    still_true = Q(not_after=None) | Q(not_after__gt=now)
    unsent = Letter.objects.filter(due, still_true, _has_reader(), sent_at=None, attempts__lt=MOST_ATTEMPTS)
    return unsent.exclude(body="").order_by("written_at")


def _wait() -> Case:
    """How long a letter waits after so many attempts."""
    soon = Q(not_after__lte=F("written_at") + SOON)
    hurried = [When(soon, attempts=tried, then=Value(wait / SOONER)) for tried, wait in enumerate(WAITS, start=1)]
    return Case(*hurried, *[When(attempts=tried, then=Value(wait)) for tried, wait in enumerate(WAITS, start=1)])


def _has_reader() -> Q:
    """Nobody reads the letters of a closed account, except those it had written to others."""
    readers = Q(to__in=User.objects.filter(is_active=True))
    for _, theirs in letters_for_others.send(Letter):
        readers |= Q(pk__in=theirs)
    return readers


def send_letter(*, letter_id: int) -> None:
    """Send it unless somebody else is at it; what goes wrong is logged and tried again, MOST_ATTEMPTS times in all."""
    letter = unsent_letters().select_related("to").filter(pk=letter_id).first()
    if letter is None or not _claimed(letter):
        return
    # The id is the letter's own: one that was sent twice, because a worker died in between, is shown once.
    once = {"Message-ID": f"<letter-{letter.pk}@{urlsplit(settings.SITE_URL).hostname}>"}
    try:
        EmailMessage(letter.subject, letter.body, to=[_address_of(letter)], headers=once).send()
    except Exception as error:  # noqa: BLE001 - one that no mail can be made of does not hold up those behind it
        _log_failure(letter, error)
    else:
        Letter.objects.filter(pk=letter_id).update(sent_at=timezone.now())


def _address_of(letter: Letter) -> str:
    """That of its person, or of whoever else it is for, whom only the app above knows."""
    answers = [answer for _, answer in letter_leaves.send(Letter, letter=letter) if answer is not None]
    return answers[0] if answers else letter.to.email


def forget_words() -> int:
    """What letters said is erased a while after it was sent or could not be; that it was told stays. How many were."""
    old = Q(sent_at__lt=timezone.now() - WORDS_KEPT) | Q(sent_at=None, written_at__lt=timezone.now() - WORDS_KEPT)
    return Letter.objects.filter(old).exclude(body="").update(subject="", body="")


def _log_failure(letter: Letter, error: Exception) -> None:
    """By the kind of the failure alone: what a mail server answers names the address."""
    given_up = letter.attempts + 1 >= MOST_ATTEMPTS
    passing = isinstance(error, OSError) and not given_up
    what = "letter given up: %s (%s)" if given_up else "letter not sent: %s (%s)"
    log.log(logging.WARNING if passing else logging.ERROR, what, letter, _kind_of(error))


def _kind_of(error: Exception) -> str:
    """Its type, and the codes of SMTP where there are any: "SMTPRecipientsRefused 550"."""
    refused = getattr(error, "recipients", {}).values()
    codes = [code for code, _words in refused] or [getattr(error, "smtp_code", "")]
    return " ".join([type(error).__name__, *[str(code) for code in codes if code]])


def _claimed(letter: Letter) -> bool:
    tried = unsent_letters().filter(pk=letter.pk).update(tried_at=timezone.now(), attempts=F("attempts") + 1)
    return bool(tried)
