"""Telling those who wait for a companion that she is here and free: once each, on the site and by mail.

Whether she is free only the app above knows: it asks `waited_for`, leaves out who is busy, and calls `tell_watchers`.
"""

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import take_back_letter, write_letter
from listings.kinds import KINDS
from listings.models import Companion, Listing, Watch

BATCH = 200
# "She is here now" is no news a quarter of an hour later.
MAILED_WITHIN = timedelta(minutes=15)
KEPT_FOR = timedelta(days=30)
BOOKABLE = [kind.key for kind in KINDS.values() if kind.bookable_now]

SUBJECT = _("%(name)s is here now")
BODY = _(
    "You asked us to tell you when %(name)s is here. At %(time)s %(name)s was online and free. Somebody else may be "
    "quicker; the page shows how it stands now.\n\n"
    "This was the only message about it. You wait for somebody else too and no longer want to? Take it back here: "
    "%(watches)s"
)


def waited_for() -> set[int]:
    """Ids of the users behind those companions who are here, can be booked now, and whom somebody waits for."""
    offered = Listing.objects.published().filter(kind__in=BOOKABLE).values("companion")
    here = Companion.objects.online().filter(pk__in=offered)
    return set(here.filter(pk__in=Watch.objects.waiting().values("companion")).values_list("user_id", flat=True))


@transaction.atomic
def tell_watchers(*, free: Collection[int]) -> int:
    """Whoever waits for one of these (ids of companions' users) is told, once; returns how many were."""
    waiting = Watch.objects.waiting().welcome().filter(companion__user__in=free).select_related("user", "companion")
    told = list(waiting.order_by("created_at").select_for_update(of=("self",), skip_locked=True)[:BATCH])
    Watch.objects.filter(pk__in=[watch.pk for watch in told]).update(told_at=Now())
    for watch in told:
        _write(watch)
    return len(told)


@transaction.atomic
def forget(*, user_id: int, companion_id: int) -> None:
    """This user no longer waits for this companion (its id); what was not sent yet is not."""
    for watch in Watch.objects.filter(user=user_id, companion=companion_id):
        take_back_letter(key=_key(watch))
        watch.delete()


def clear_watches() -> None:
    """Forgets those that ended untold, and those told long ago."""
    Watch.objects.over().delete()
    Watch.objects.filter(told_at__lt=Now() - KEPT_FOR).delete()


def notice_seen(*, by: User, watch_id: int) -> None:
    """Puts the notice on the site away for good. Twice is once."""
    Watch.objects.filter(pk=watch_id, user=by, told_at__isnull=False, seen_at=None).update(seen_at=Now())


def bookable_listing(companion: Companion) -> Listing | None:
    """Where she can be booked at once."""
    return companion.listings.published().filter(kind__in=BOOKABLE).order_by("pk").first()


def _write(watch: Watch) -> None:
    listing = bookable_listing(watch.companion)
    write_letter(
        to=watch.user,
        key=_key(watch),
        subject=SUBJECT,
        body=BODY,
        path=listing.get_absolute_url() if listing else reverse("listings:browse"),
        good_for=MAILED_WITHIN,
        name=watch.companion.display_name,
        time=f"{timezone.localtime():%H:%M}",
        watches=settings.SITE_URL + reverse("listings:watches"),
    )


def _key(watch: Watch) -> str:
    return f"watch:{watch.pk}"
