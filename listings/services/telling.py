"""Telling those who wait for a companion that she is here and free: once each, on the site and by mail.

Whether she is free only the app above knows: it asks `waited_for`, leaves out who is busy, and calls `tell_watchers`.
"""

import logging
from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from common.doorbell import ring_on_commit
from listings.kinds import KINDS
from listings.models import Companion, Listing, Watch

log = logging.getLogger(__name__)
BATCH = 200
# The bell that rang after commit goes first; a round picks up what it did not bring.
BELL_FIRST = timedelta(seconds=5)
KEPT_FOR = timedelta(days=30)
BOOKABLE = [kind.key for kind in KINDS.values() if kind.bookable_now]


def waited_for() -> set[int]:
    """Ids of the users behind those companions who are here, can be booked now, and whom somebody waits for."""
    offered = Listing.objects.published().filter(kind__in=BOOKABLE).values("companion")
    here = Companion.objects.online().filter(pk__in=offered)
    return set(here.filter(pk__in=Watch.objects.waiting().values("companion")).values_list("user_id", flat=True))


@transaction.atomic
def tell_watchers(*, free: Collection[int]) -> int:
    """Whoever waits for one of these (ids of companions' users) is told, once; returns how many were."""
    waiting = Watch.objects.waiting().welcome().filter(companion__user__in=free).order_by("created_at")
    told = [watch.pk for watch in waiting.select_for_update(of=("self",), skip_locked=True)[:BATCH]]
    Watch.objects.filter(pk__in=told).update(told_at=Now())
    for watch_id in told:
        ring_on_commit("listings.tasks.mail_watcher", watch_id)
    return len(told)


def mail_watcher(*, watch_id: int) -> bool:
    """Sends the one mail of a watch; whether it went out.

    It is claimed and committed before: a worker that dies while sending leaves a claim that nobody takes again, so
    that a mail may be lost but never comes twice. Only a mail that certainly failed is open for the next round.
    """
    watch = _claim(watch_id)
    if watch is None:
        return False
    row = Watch.objects.filter(pk=watch.pk)
    try:
        _mail(watch).send()
    except OSError as error:
        log.warning("no mail for watch %s at attempt %s: %s", watch.pk, watch.attempts, error)
        row.update(claimed_at=None)
        return False
    row.update(mailed_at=Now())
    return True


def mail_waiting() -> None:
    """What no bell brought, and what failed; then forgets what is long over."""
    late = Watch.objects.to_mail().filter(told_at__lt=Now() - BELL_FIRST).order_by("told_at")
    for watch_id in list(late.values_list("pk", flat=True)[:BATCH]):
        mail_watcher(watch_id=watch_id)
    Watch.objects.over().delete()
    Watch.objects.filter(told_at__lt=Now() - KEPT_FOR).delete()


def notice_seen(*, by: User, watch_id: int) -> None:
    """Puts the notice on the site away for good. Twice is once."""
    Watch.objects.filter(pk=watch_id, user=by, told_at__isnull=False, seen_at=None).update(seen_at=Now())


def bookable_listing(companion: Companion) -> Listing | None:
    """Where she can be booked at once."""
    return companion.listings.published().filter(kind__in=BOOKABLE).order_by("pk").first()


@transaction.atomic
def _claim(watch_id: int) -> Watch | None:
    mine = Watch.objects.to_mail().select_related("user", "companion")
    watch = mine.select_for_update(of=("self",), skip_locked=True).filter(pk=watch_id).first()
    if watch is not None:
        watch.attempts += 1
        Watch.objects.filter(pk=watch.pk).update(claimed_at=Now(), attempts=F("attempts") + 1)
    return watch


def _mail(watch: Watch) -> EmailMessage:
    """In the reader's language. The id is the watch's own, so that even a mail sent twice is shown once."""
    listing = bookable_listing(watch.companion)
    path = listing.get_absolute_url() if listing else reverse("listings:browse")
    with translation.override(watch.user.language):
        words = {
            "watch": watch,
            "name": watch.companion.display_name,
            "url": settings.SITE_URL + path,
            "watches_url": settings.SITE_URL + reverse("listings:watches"),
        }
        subject = _("%(name)s is here now") % words
        body = render_to_string("emails/here_now.txt", words)
    host = settings.SITE_URL.partition("://")[2].partition(":")[0]
    return EmailMessage(subject, body, to=[watch.user.email], headers={"Message-ID": f"<watch-{watch.pk}@{host}>"})
