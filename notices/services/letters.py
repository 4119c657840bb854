"""The e-mail of a notice: always, or when no device was reached, or never, as its reader wants it."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Letter
from accounts.services import write_letter
from common.clock import database_now_ms
from notices.models import Mail, Notice, Preference
from notices.services.topics import Words, policy_of, true_until

KEY = "notice:"
BODY = _("%(what)s.\n\nWhen we write to you, and at which hours not, is up to you: %(notices)s\n\nIt is here:")


def write_letter_of(notice: Notice, wishes: Preference, words: Words, good_for_s: int) -> bool:
    """Writes the letter of this notice, if there is to be one; its key makes it one however often this is asked."""
    if not _is_wanted(notice, policy_of(notice).mail(wishes)):
        return False
    write_letter(
        to=notice.recipient,
        key=f"{KEY}{notice.pk}:{notice.seq or 0}",
        subject="%(what)s",
        body=BODY,
        path=words.path,
        good_for=timedelta(seconds=good_for_s),
        what=words.body,
        notices=settings.SITE_URL + reverse("notices:preferences"),
    )
    return True


def is_still_wanted(letter: Letter) -> bool:
    """Is what it tells of still true? So are letters of others."""
    if not letter.key.startswith(KEY):
        return True
    pk, seq = map(int, letter.key.removeprefix(KEY).split(":"))
    told = Notice.objects.select_related("recipient", "conversation", "booking").filter(pk=pk, seq=seq or None).first()
    return told is not None and true_until(told, database_now_ms()) is not None


def _is_wanted(notice: Notice, mail: str) -> bool:
    return mail == Mail.ALWAYS or (mail == Mail.OTHERWISE and not notice.reached)
